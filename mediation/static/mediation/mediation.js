/* Comfort only: every page works without this file. */
(function () {
  "use strict";

  var summary = document.querySelector(".error-summary");
  if (summary) {
    summary.focus();
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if ((form.getAttribute("method") || "get").toLowerCase() === "post") {
      form.dataset.sent = "yes";
      form.querySelectorAll("button.button").forEach(function (button) {
        button.setAttribute("aria-disabled", "true");
      });
    }
  });

  window.addEventListener("pageshow", function (event) {
    if (event.persisted) {
      document.querySelectorAll("form[data-sent]").forEach(function (form) {
        delete form.dataset.sent;
        form.querySelectorAll("[aria-disabled]").forEach(function (button) {
          button.removeAttribute("aria-disabled");
        });
      });
    }
  });

  document.querySelectorAll("textarea[maxlength]").forEach(function (area) {
    var count = document.createElement("p");
    var show = function () {
      count.textContent = area.value.length + " / " + area.maxLength;
    };
    count.className = "count";
    show();
    area.addEventListener("input", show);
    area.insertAdjacentElement("afterend", count);
  });

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      window.print();
    });
  });

  document.querySelectorAll("table.worklist").forEach(function (table) {
    table.addEventListener("keydown", function (event) {
      var step = { j: 1, k: -1 }[event.key];
      var links = Array.prototype.slice.call(table.querySelectorAll("a.row-link"));
      var next = links[links.indexOf(document.activeElement) + step];
      if (step && next) {
        next.focus();
      }
    });
  });
})();
