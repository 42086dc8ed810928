// Copies the text to be sent; without it the text is chosen and copied by hand.
"use strict";
(function () {
  Array.prototype.forEach.call(document.querySelectorAll("[data-copy]"), function (button) {
    var text = document.getElementById(button.dataset.copy);
    button.hidden = false;
    button.addEventListener("click", function () {
      function done() { button.textContent = button.dataset.done; }
      if (navigator.clipboard) { navigator.clipboard.writeText(text.value).then(done, chosen); } else { chosen(); }
      function chosen() { text.focus(); text.select(); if (document.execCommand("copy")) done(); }
    });
  });
})();
