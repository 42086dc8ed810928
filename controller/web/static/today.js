// Keeps the page fresh; without it the page is the same, only "Look again" is pressed by hand.
"use strict";
(function () {
  var stale = document.getElementById("stale");
  function listening() {
    return Array.prototype.some.call(document.querySelectorAll("#live audio"), function (one) {
      return one.currentTime > 0 && !one.ended;
    });
  }
  function renew() {
    if (document.hidden || listening()) return;
    fetch("/", { credentials: "same-origin", redirect: "error" }).then(function (answer) {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.text();
    }).then(function (text) {
      var page = new DOMParser().parseFromString(text, "text/html");
      var fresh = page.querySelector("#live"), here = document.querySelector("#live");
      if (fresh && here && fresh.innerHTML !== here.innerHTML && !listening()) here.innerHTML = fresh.innerHTML;
      stale.hidden = true;
    }).catch(function () { stale.hidden = false; });
  }
  window.setInterval(renew, 5000);
})();
