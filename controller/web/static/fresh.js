// Keeps what nodes tell fresh; without it the page is the same, only it is opened again by hand.
"use strict";
(function () {
  window.setInterval(function () {
    var here = document.getElementById("fresh");
    if (document.hidden || !here || here.contains(document.activeElement)) return;
    fetch(window.location.pathname + window.location.search, { credentials: "same-origin", redirect: "error" })
      .then(function (answer) { return answer.ok ? answer.text() : ""; })
      .then(function (text) {
        var fresh = text && new DOMParser().parseFromString(text, "text/html").getElementById("fresh");
        if (fresh && fresh.innerHTML !== here.innerHTML) here.innerHTML = fresh.innerHTML;
      })
      .catch(function () { return null; });
  }, 5000);
})();
