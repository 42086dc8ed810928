// The clock of the bar goes on by the office's time; the PC's own may be wrong.
"use strict";
(function () {
  var bar = document.querySelector(".when"), rest = document.querySelector(".rest");
  var began = Date.now(), passed = Number(bar.dataset.passed), day = bar.querySelector("span"), today = day.textContent;
  function two(number) { return (number < 10 ? "0" : "") + number; }
  function show() {
    var minutes = Math.floor((passed + Date.now() - began) / 60000), days = Math.floor(minutes / 1440);
    bar.querySelector("b").textContent = two(Math.floor(minutes / 60) % 24) + ":" + two(minutes % 60);
    day.textContent = [today, bar.dataset.tomorrow][days] || "";
  }
  window.setInterval(show, 1000);
  document.addEventListener("keydown", function (pressed) {
    if (pressed.key === "Escape" && rest && rest.open) { rest.open = false; rest.querySelector("summary").focus(); }
  });
  document.addEventListener("click", function (pressed) {
    if (rest && rest.open && !rest.contains(pressed.target)) rest.open = false;
  });
})();
