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

  function step(by) {
    var links = Array.prototype.slice.call(document.querySelectorAll("tbody th[scope=row] a"));
    var row = document.activeElement.closest("tbody tr");
    var here = row ? links.indexOf(row.querySelector("th[scope=row] a")) : by > 0 ? -1 : links.length;
    var wanted = links[Math.min(Math.max(here + by, 0), links.length - 1)];
    if (wanted) {
      wanted.focus();
    }
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
    if (event.key === "j" || event.key === "k") {
      step(event.key === "j" ? 1 : -1);
    }
    if (event.key === "x") {
      var picked = document.activeElement.closest("tr");
      var box = picked && picked.querySelector("td.pick input");
      if (box) {
        box.checked = !box.checked;
      }
    }
  });
})();
