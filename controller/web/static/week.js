"use strict";
const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => window.print());
document.querySelector(".pick select").addEventListener("change", (event) => event.target.form.submit());
