/* Comfort only, for people who live at a desk: every page works without this file. */
(function () {
  "use strict";

  function boxes() {
    return Array.prototype.slice.call(document.querySelectorAll("td.pick input[type=checkbox]"));
  }

  var head = document.querySelector("th.pick");
  if (head && boxes().length) {
    var all = document.createElement("input");
    all.type = "checkbox";
    all.setAttribute("aria-label", head.textContent);
    all.addEventListener("change", function () {
      boxes().forEach(function (box) {
        box.checked = all.checked;
      });
    });
    head.appendChild(all);
  }

  document.addEventListener("keydown", function (event) {
    var typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== "checkbox";
    if (typing || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    if (event.key === "/") {
      var search = document.querySelector("input[type=search]");
      if (search) {
        event.preventDefault();
        search.focus();
      }
    }
    if (event.key === "x") {
      var row = document.activeElement.closest("tr");
      var box = row && row.querySelector("td.pick input");
      if (box) {
        box.checked = !box.checked;
      }
    }
  });
})();
