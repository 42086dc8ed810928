// Hold, slide or PIN. A hold is sure against wet fingers: 30 px of jitter, no menu of a long press, and what was cut
// short is said. Without this the form is sent plainly with the PIN.
"use strict";
(function () {
  var HOLD_MS = 2000, JITTER_PX = 30, LEAP = 45;
  var form = document.getElementById("raise"), bar = form.querySelector(".press"), words = bar.dataset;
  var back = document.getElementById("back"), told = document.getElementById("told");
  var hold = document.getElementById("hold"), slide = document.getElementById("slide"), pin = document.getElementById("pin");
  var held = null, sent = false, slid = 0, leapt = false, placed = false;

  function all(what) { return Array.prototype.slice.call(form.querySelectorAll(what)); }
  function tell(text) { told.textContent = ""; if (text) window.setTimeout(function () { told.textContent = text; }, 20); }
  function tile() { var one = form.querySelector(".pick :checked"); return one && one.closest(".tile"); }
  function value(slot) {
    var found = all("[name='slot." + slot + "']").filter(function (one) { return one.tagName === "SELECT" || one.checked; })[0];
    return found ? found.value : "";
  }
  function places() {
    var whole = form.querySelector("[name=where][value=all]");
    if (whole.checked) return [whole];
    return all(".ticks :checked");
  }
  function lack() {
    var one = tile();
    if (!one) return words.lack;
    if (one.dataset.slots && one.dataset.slots.split(" ").some(function (slot) { return !value(slot); })) return words.lackSlot;
    return places().length ? "" : words.lackPlace;
  }
  // What would be said, and where, before anything is pressed.
  function read() {
    all("[data-slot]:is(i)").forEach(function (one) { one.textContent = value(one.dataset.slot) || "…"; });
    var one = tile(), where = places(), whole = where[0] && where[0].dataset.count;
    var named = where.map(function (each) { return each.dataset.name; });
    var to = named.length > 3 ? words.hamlets.replace("{count}", String(named.length)) + " (" + named.join(", ") + ")" : named.join(", ");
    if (whole) to += " – " + words.hamlets.replace("{count}", whole);
    var title = one ? "“" + one.querySelector(".pick input").dataset.short + "”" : "…";
    var at = words.to.replace("{place}", to || "…");
    var text = one && one.querySelector(".words");
    back.textContent = words.verb + " " + title + " " + at + (text ? ": " + text.textContent.replace(/\s+/g, " ").trim() : "");
    if (hold) hold.querySelector("span").textContent = words.hold + " – " + words.verb + " " + title;
  }
  function send(by) {
    var wanting = lack();
    if (sent || wanting) { tell(wanting); return; }
    sent = true;
    form.elements.by.value = by;
    tell(words.sending);
    fetch("/alarm", { method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "same-origin" })
      .then(function (answer) {
        if (answer.redirected && answer.ok) { window.location.assign(answer.url); return null; }
        return answer.text().then(function (text) {
          var page = new DOMParser().parseFromString(text, "text/html");
          var alerts = Array.prototype.map.call(page.querySelectorAll("#said [role=alert], .narrow > h1, .narrow > h1 + p"), function (each) { return each.textContent.trim(); });
          sent = false;
          if (answer.status === 401 && page.querySelector("[name=password]")) { form.elements.by.value = by; form.submit(); return; }
          tell(alerts.join(" ") || words.lost);
        });
      })
      .catch(function () { sent = false; tell(words.lost); });
  }
  function begin(x, y) {
    if (held || sent) return;
    tell(lack());
    if (lack()) return;
    hold.classList.add("held");
    held = { x: x, y: y, timer: window.setTimeout(function () { end(true); }, HOLD_MS) };
  }
  function end(whole) {
    if (!held) return;
    window.clearTimeout(held.timer);
    held = null;
    hold.classList.remove("held");
    if (whole) send("hold"); else tell(words.short);
  }
  if (hold) {
    hold.hidden = false;
    slide.parentNode.hidden = false;
    hold.addEventListener("pointerdown", function (at) {
      if (at.button) return;
      at.preventDefault();
      hold.focus();
      hold.setPointerCapture(at.pointerId);
      begin(at.clientX, at.clientY);
    });
    hold.addEventListener("pointermove", function (at) {
      if (held && Math.hypot(at.clientX - held.x, at.clientY - held.y) > JITTER_PX) end(false);
    });
    ["pointerup", "pointercancel", "lostpointercapture", "blur"].forEach(function (name) {
      hold.addEventListener(name, function () { end(false); });
    });
    hold.addEventListener("contextmenu", function (asked) { asked.preventDefault(); });
    hold.addEventListener("keydown", function (key) {
      if (key.key !== " " && key.key !== "Enter") return;
      key.preventDefault();
      if (!key.repeat) begin(0, 0);
    });
    hold.addEventListener("keyup", function (key) {
      if (key.key === " " || key.key === "Enter") { key.preventDefault(); end(false); }
    });
    slide.addEventListener("input", function () {
      var now = Number(slide.value);
      if (now - slid > LEAP) leapt = true;
      slid = now;
    });
    slide.addEventListener("change", function () {
      var whole = Number(slide.value) >= 98 && !leapt;
      slide.value = 0;
      slid = 0;
      leapt = false;
      if (whole) send("slide"); else tell(words.slid);
    });
  }
  form.addEventListener("submit", function (asked) {
    asked.preventDefault();
    if (!pin.value) { tell(words.pin); pin.focus(); return; }
    send("pin");
  });
  form.addEventListener("change", function (changed) {
    var one = changed.target;
    if (one.closest(".chips")) one.closest(".tile").querySelector(".pick input").checked = true;
    if (one.closest(".ticks")) form.querySelector("[name=where][value=some]").checked = true;
    if (one.name === "where" && one.value === "all") all(".ticks :checked").forEach(function (each) { each.checked = false; });
    if (one.name === "slot.place") placed = true;
    var place = form.querySelector("select[name='slot.place']"), where = places();
    if (place && !placed && where.length === 1) {
      Array.prototype.forEach.call(place.options, function (each) { if (each.value === where[0].dataset.name) place.value = each.value; });
    }
    if (one !== slide && one !== pin) tell("");
    read();
  });
  // A tile is one big thing to tap.
  form.addEventListener("click", function (tap) {
    var one = tap.target.closest(".tile");
    if (!one || tap.target.closest("button, label, .chips")) return;
    var radio = one.querySelector(".pick input");
    if (!radio.checked) { radio.checked = true; radio.dispatchEvent(new Event("change", { bubbles: true })); }
  });
  var sounding = null;
  function play(clips) {
    if (!clips.length) { sounding = null; return; }
    sounding = new Audio("/assets/" + clips[0]);
    sounding.onended = function () { play(clips.slice(1)); };
    sounding.play().catch(function () { sounding = null; });
  }
  all(".hear").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var was = sounding;
      if (was) { was.onended = null; was.pause(); sounding = null; }
      if (!was || button !== play.by) play(button.dataset.clips.split(" "));
      play.by = button;
    });
  });
  // A page that comes back as it was would ask for the same alarm once more, and be given the one that is over.
  window.addEventListener("pageshow", function (shown) { if (shown.persisted) window.location.reload(); sent = false; read(); });
  read();
})();
