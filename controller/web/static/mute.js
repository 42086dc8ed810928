// TẮT HẾT LOA without leaving the page: what is being typed stays. Without this the form is simply sent.
"use strict";
(function () {
  var bar = document.getElementById("mutes"), asked = 0, waited = 0;
  function show(text) {
    var fresh = new DOMParser().parseFromString(text, "text/html").getElementById("mutes");
    if (!fresh) throw new Error("no bar");
    if (fresh.innerHTML === bar.innerHTML || (bar.contains(document.activeElement) && !asked)) return;
    var details = bar.querySelector("details"), open = details && details.open;
    bar.innerHTML = fresh.innerHTML;
    details = bar.querySelector("details");
    if (details && open !== null) details.open = open;
  }
  function send(form, button) {
    var said = new URLSearchParams({ here: "/mute", next: "/mute" });
    if (button && button.name) said.set(button.name, button.value);
    asked += 1;
    return fetch(form.getAttribute("action"), { method: "POST", body: said, credentials: "same-origin" })
      .then(function (answer) {
        if (!answer.ok || !answer.redirected) throw new Error(String(answer.status));
        return answer.text();
      })
      .then(show)
      .finally(function () { asked -= 1; });
  }
  function sendPlainly(form, button) {
    var kept = document.createElement("input");
    kept.type = "hidden";
    kept.name = button && button.name || "span";
    kept.value = button && button.value || "";
    form.appendChild(kept);
    form.submit();
  }
  document.addEventListener("submit", function (sent) {
    var form = sent.target, button = sent.submitter;
    if ((form.getAttribute("action") || "").indexOf("/mute") !== 0) return;
    sent.preventDefault();
    send(form, button).then(function () {
      var next = bar.querySelector("button") || document.querySelector(".mute button");
      if (button && next && !document.contains(button)) next.focus();
    }, function () { sendPlainly(form, button); });
  });
  window.setInterval(function () {
    waited += 1;
    if (asked || document.hidden || !bar.firstElementChild || (!bar.querySelector(".calls") && waited % 10)) return;
    fetch("/mute", { credentials: "same-origin", redirect: "error" })
      .then(function (answer) { return answer.ok ? answer.text().then(show) : null; })
      .catch(function () { return null; });
  }, 3000);
})();
