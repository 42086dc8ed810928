// Keeps the page fresh; without it the page is the same, only "Look again" is pressed by hand.
"use strict";
(function () {
  var live = document.getElementById("live"), stale = document.getElementById("stale");
  var known = document.getElementById("known").firstChild, said = known.textContent;
  function listening() {
    return Array.prototype.some.call(live.querySelectorAll("audio"), function (one) {
      return one.currentTime > 0 && !one.ended;
    });
  }
  function put(text) {
    var open = Array.prototype.map.call(live.querySelectorAll("details[open]"), function (one) { return one.id; });
    var at = live.contains(document.activeElement) ? document.activeElement : null;
    var focus = at && (at.id ? "#" + CSS.escape(at.id) : at.getAttribute("href") && "[href='" + at.getAttribute("href") + "']");
    if (at && !focus && at.parentNode.id) focus = "#" + CSS.escape(at.parentNode.id) + " > summary";
    live.innerHTML = text;
    open.forEach(function (id) { var one = document.getElementById(id); if (one) one.open = true; });
    var back = focus && live.querySelector(focus);
    if (back) back.focus({ preventScroll: true });
  }
  function renew() {
    if (document.hidden || listening()) return;
    var asked = { credentials: "same-origin", redirect: "manual", headers: { "If-None-Match": '"' + live.dataset.mark + '"' } };
    fetch("/?live=1", asked).then(function (answer) {
      if (answer.type === "opaqueredirect") return location.reload();
      if (answer.status !== 304 && !answer.ok) throw new Error(String(answer.status));
      return answer.status === 304 ? null : answer.text().then(function (text) {
        if (listening()) return;
        put(text);
        live.dataset.mark = (answer.headers.get("etag") || "").replace(/^W\//, "").replace(/"/g, "");
      });
    }).then(function () {
      known.textContent = said.replace(/\d\d:\d\d/, document.querySelector(".when b").textContent);
      stale.hidden = true;
    }).catch(function () { stale.hidden = false; });
  }
  window.setInterval(renew, 5000);
})();
