/* Comfort only: sends chosen files by pieces and goes on after an interruption. Without this file the form sends them. */
(function () {
  "use strict";

  var form = document.querySelector("form[data-uploads]");
  if (!form || !window.fetch || !window.TextEncoder) {
    return;
  }
  var input = form.querySelector("input[type=file]");
  var token = form.querySelector("input[name=csrfmiddlewaretoken]").value;
  var PIECE = 512 * 1024;
  var LARGE_PIECE = 2 * 1024 * 1024;

  function encoded(text) {
    var signs = "";
    new TextEncoder().encode(text).forEach(function (byte) {
      signs += String.fromCharCode(byte);
    });
    return btoa(signs);
  }

  function value(name) {
    var found = form.querySelector("[name=" + name + "]:checked") || form.querySelector("select[name=" + name + "]");
    return found ? found.value : "";
  }

  function ask(url, method, headers, body) {
    return fetch(url, {
      method: method,
      headers: Object.assign({ "X-CSRFToken": token, "Tus-Resumable": "1.0.0" }, headers),
      body: body,
      credentials: "same-origin"
    });
  }

  function wait(seconds) {
    return new Promise(function (go) {
      setTimeout(go, seconds * 1000);
    });
  }

  // A browser may refuse to remember anything; then an upload that broke off begins anew.
  function recall(key) {
    try {
      return localStorage.getItem(key);
    } catch (refused) {
      return null;
    }
  }

  function remember(key, value) {
    try {
      if (value) {
        localStorage.setItem(key, value);
      } else {
        localStorage.removeItem(key);
      }
    } catch (refused) {
      return;
    }
  }

  function mark(file) {
    return ["upload", form.dataset.goal, value("kind"), value("audience"), file.name, file.size, file.lastModified].join("|");
  }

  function begin(file) {
    var known = recall(mark(file));
    var again = known ? ask(known, "HEAD", {}) : Promise.resolve({ ok: false });
    return again.then(function (answer) {
      if (answer.ok) {
        return { url: known, offset: Number(answer.headers.get("Upload-Offset")) };
      }
      var told = { goal: form.dataset.goal, filename: file.name, kind: value("kind") };
      if (value("audience")) {
        told.audience = value("audience");
      }
      var metadata = Object.keys(told).map(function (name) {
        return name + " " + encoded(told[name]);
      });
      return ask(form.dataset.uploads, "POST", {
        "Upload-Length": String(file.size),
        "Upload-Metadata": metadata.join(",")
      }).then(function (made) {
        if (!made.ok) {
          return made.text().then(refuse);
        }
        remember(mark(file), made.headers.get("Location"));
        return { url: made.headers.get("Location"), offset: 0 };
      });
    });
  }

  function refuse(text) {
    var error = new Error(text);
    error.final = true;
    throw error;
  }

  function go(file, place, line, tries) {
    line.bar.value = place.offset;
    if (place.offset >= file.size) {
      remember(mark(file), "");
      line.said.textContent = form.dataset.sentLabel;
      return Promise.resolve();
    }
    line.said.textContent = form.dataset.sending + " " + Math.floor((place.offset * 100) / file.size) + "%";
    return ask(
      place.url,
      "PATCH",
      { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(place.offset) },
      file.slice(place.offset, place.offset + (file.size > 20 * 1024 * 1024 ? LARGE_PIECE : PIECE))
    ).then(
      function (answer) {
        if (answer.status === 204 || answer.status === 409) {
          return go(file, { url: place.url, offset: Number(answer.headers.get("Upload-Offset")) }, line, 0);
        }
        if (answer.status >= 500 && tries < 8) {
          return wait(2 ** tries).then(function () {
            return go(file, place, line, tries + 1);
          });
        }
        remember(mark(file), "");
        if (answer.status === 404 && tries < 8) {
          // The answer to the last piece was lost, or the upload was forgotten. What came already counts once.
          return begin(file).then(function (anew) {
            return go(file, anew, line, tries + 1);
          });
        }
        return answer.text().then(refuse);
      },
      function (broken) {
        if (tries >= 8) {
          throw broken;
        }
        line.said.textContent = form.dataset.paused;
        return wait(2 ** tries).then(function () {
          return go(file, place, line, tries + 1);
        });
      }
    );
  }

  function show(file) {
    var row = document.createElement("p");
    var line = { bar: document.createElement("progress"), said: document.createElement("span") };
    row.className = "upload-line";
    row.setAttribute("role", "status");
    line.bar.max = file.size;
    line.bar.setAttribute("aria-label", file.name);
    row.append(file.name + " ", line.bar, " ", line.said);
    form.querySelector(".buttons").before(row);
    return line;
  }

  form.addEventListener("submit", function (event) {
    var chosen = Array.prototype.slice.call(input.files);
    var whole = event.submitter && event.submitter.name;
    if (!chosen.length || (whole && whole !== "more")) {
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    var failed = false;
    chosen
      .reduce(function (before, file) {
        return before.then(function () {
          var line = show(file);
          return begin(file)
            .then(function (place) {
              return go(file, place, line, 0);
            })
            .catch(function (error) {
              failed = true;
              line.said.textContent = error.final ? error.message : form.dataset.paused;
            });
        });
      }, Promise.resolve())
      .then(function () {
        input.value = "";
        if (!failed) {
          location.assign(form.dataset.done);
        }
      });
  }, true);
})();
