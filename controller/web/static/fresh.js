// Keeps what nodes tell fresh; without it the page is the same, only it is opened again by hand.
// Each region (data-fresh) is put anew by itself, and only when it reads otherwise: a button under a thumb stays.
"use strict";
(function () {
  var regions = "#fresh, [data-fresh]", first = document.querySelector(regions), asked = false;
  var stale = document.getElementById("stale");
  function renew(text) {
    var fresh = new DOMParser().parseFromString(text, "text/html");
    Array.prototype.forEach.call(document.querySelectorAll(regions), function (here) {
      var now = fresh.getElementById(here.id), at = document.activeElement, focus = "";
      if (!now || now.innerHTML === here.innerHTML) return;
      if (here.contains(at)) {
        if (!at.id) return;
        focus = at.id;
      }
      here.innerHTML = now.innerHTML;
      if (focus && document.getElementById(focus)) document.getElementById(focus).focus();
    });
  }
  window.setInterval(function () {
    if (document.hidden || asked || !first) return;
    asked = true;
    fetch(window.location.pathname + window.location.search, { credentials: "same-origin", redirect: "error" })
      .then(function (answer) { return answer.ok ? answer.text() : ""; })
      .then(function (text) {
        if (text) renew(text);
        if (stale) stale.hidden = Boolean(text);
      })
      .catch(function () { if (stale) stale.hidden = false; })
      .then(function () { asked = false; });
  }, Number(first && first.dataset.every) || 5000);
})();
