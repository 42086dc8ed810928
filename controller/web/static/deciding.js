// Renews what is shown back while one writes, and keeps the page where it is. Without it every button is a plain form.
"use strict";
(function () {
  var LIVE = ["shown", "short", "doubt", "late-now", "late-rules"], QUIET = ["text", "zone_name", "programme_name", "q", "voice"];
  var main = document.getElementById("main"), asked = 0, waiting = null;
  if (!window.fetch || !window.URLSearchParams || !window.DOMParser || !("submitter" in SubmitEvent.prototype)) return;
  document.documentElement.classList.add("scripted");

  function form() { return document.getElementById("decide"); }
  function each(found, act) { Array.prototype.forEach.call(found, act); }
  function fits() {
    var when = form().elements.when.value, repeat = form().elements.repeat.value;
    each(form().querySelectorAll("[data-when]"), function (part) { part.hidden = part.getAttribute("data-when").split(" ").indexOf(when) < 0; });
    each(form().querySelectorAll("[data-repeat]"), function (part) {
      part.hidden = part.getAttribute("data-repeat").split(" ").indexOf(repeat) < 0;
    });
  }
  function content(act) {
    var all = new FormData(form());
    all.set("act", act);
    if (act === "upload") return all;
    all.delete("file");
    return new URLSearchParams(all);
  }
  function ticks(one) { return one.type === "radio" || one.type === "checkbox"; }
  function key(one) { return one.name + "\n" + (ticks(one) ? one.value : ""); }
  function fields() { return form().querySelectorAll("input:not([type=hidden]):not([type=file]), textarea, select"); }
  function written() {
    var found = {};
    each(fields(), function (one) { found[key(one)] = ticks(one) ? one.checked : one.value; });
    return found;
  }
  function keep(before) {
    // What was written while the office was asked is not lost.
    var now = written();
    return function () {
      each(fields(), function (one) {
        var here = now[key(one)];
        if (here !== undefined && here !== before[key(one)]) one[ticks(one) ? "checked" : "value"] = here;
      });
    };
  }
  function ask(address, act) {
    var mine = ++asked;
    window.clearTimeout(waiting);
    form().classList.add("busy");
    return fetch(address, { method: "POST", body: content(act), credentials: "same-origin", redirect: "error" })
      .then(function (answer) { return answer.text(); })
      .then(function (text) {
        var page = new DOMParser().parseFromString(text, "text/html");
        if (!page.getElementById("decide")) throw new Error("another page");
        return mine === asked ? page : null;
      })
      .finally(function () { if (mine === asked) form().classList.remove("busy"); });
  }
  function renew() {
    ask("/decide", "look").then(function (page) {
      if (!page) return;
      LIVE.forEach(function (id) {
        var fresh = page.getElementById(id), here = document.getElementById(id);
        if (fresh && here && !here.contains(document.activeElement) && fresh.innerHTML !== here.innerHTML) here.innerHTML = fresh.innerHTML;
      });
      each(page.querySelectorAll("[data-follow]"), function (fresh) {
        var here = form().elements[fresh.name];
        if (here && here !== document.activeElement) here.value = fresh.value;
      });
    }).catch(function () { /* What was shown stays; each button still works as a plain form. */ });
  }
  function show(page, act, before) {
    var restore = keep(before);
    var open = Array.prototype.filter.call(main.querySelectorAll("details[open]"), function (one) { return one.id; });
    main.innerHTML = page.getElementById("main").innerHTML;
    each(open, function (one) { var here = document.getElementById(one.id); if (here) here.open = true; });
    restore();
    fits();
    var wrong = main.querySelector("[role=alert], [aria-invalid]");
    var again = wrong || main.querySelector("button[value='" + act + "']:not([disabled]):not(.unseen)") || main.querySelector("#chosen button, #sound input");
    if (wrong && wrong.getAttribute("role")) wrong.setAttribute("tabindex", "-1");
    if (again) again.focus({ preventScroll: !wrong });
  }

  main.addEventListener("change", function (event) {
    var name = event.target.name;
    if (!event.target.form || event.target.form !== form()) return;
    fits();
    if (name === "file") { if (event.target.value) form().querySelector("button[value=upload]").click(); return; }
    if (QUIET.indexOf(name) < 0) { window.clearTimeout(waiting); waiting = window.setTimeout(renew, 150); }
  });
  main.addEventListener("toggle", function (event) {
    // What lies in the library is asked for when somebody wants to see it.
    if (event.target.id === "library" && event.target.open && !main.querySelector("#found ul")) form().querySelector("button[value=find]").click();
  }, true);
  main.addEventListener("submit", function (event) {
    var button = event.submitter, act = button ? button.value : "look";
    if (event.target !== form() || act === "save" || act === "draft") return;
    event.preventDefault();
    if (document.activeElement && document.activeElement.name === "q" && act === "look") act = "find";
    var before = written();
    ask((button && button.getAttribute("formaction")) || "/decide", act)
      .then(function (page) { if (page) show(page, act, before); })
      .catch(function () {
        // The sign-in ran out, or the office does not answer: the plain form says so and keeps what was typed.
        form().elements.file.value = "";
        HTMLFormElement.prototype.submit.call(form());
      });
  });
  fits();
})();
