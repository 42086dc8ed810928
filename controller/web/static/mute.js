// TẮT HẾT LOA without leaving the page: what is being typed stays. Without this the form is simply sent.
"use strict";
(function () {
  var bar = document.getElementById("mutes"), asked = 0;
  function show(text) {
    var fresh = new DOMParser().parseFromString(text, "text/html").getElementById("mutes");
    if (!fresh) throw new Error("no bar");
    var open = bar.querySelector("details"), held = bar.contains(document.activeElement);
    if (fresh.innerHTML.trim() === bar.dataset.was) return;
    bar.dataset.was = fresh.innerHTML.trim();
    if (held && !asked) return;
    bar.innerHTML = fresh.innerHTML;
    if (open && bar.querySelector("details")) bar.querySelector("details").open = open.open;
  }
  function taken(answer) {
    if (!answer.ok || answer.redirected !== true) throw new Error(String(answer.status));
    return answer.text();
  }
  document.addEventListener("submit", function (sent) {
    var form = sent.target, button = sent.submitter;
    if (form.getAttribute("action").indexOf("/mute") !== 0) return;
    sent.preventDefault();
    var said = new URLSearchParams();
    if (button && button.name) said.set(button.name, button.value);
    said.set("here", "/mute");
    said.set("next", "/mute");
    asked += 1;
    fetch(form.getAttribute("action"), { method: "POST", body: said, credentials: "same-origin" })
      .then(taken)
      .then(function (text) {
        show(text);
        var next = bar.querySelector("button") || document.querySelector(".mute button");
        if (next && button && !document.contains(button)) next.focus();
      })
      .catch(function () { HTMLFormElement.prototype.submit.call(form); })
      .then(function () { asked -= 1; });
  });
  window.setInterval(function () {
    if (asked || document.hidden || !bar.querySelector(".muted")) return;
    fetch("/mute", { credentials: "same-origin", redirect: "error" })
      .then(function (answer) { return answer.ok ? answer.text() : Promise.reject(new Error("no")); })
      .then(show)
      .catch(function () {});
  }, 4000);
})();
