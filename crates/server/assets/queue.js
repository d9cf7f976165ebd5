// A queue is gone through by the keyboard: to the next and back, and what an item offers by its key. It works without this.
"use strict";
(() => {
  const all = (what, within = document) => within.querySelectorAll(what);
  const queue = document.querySelector("[data-queue]");
  if (queue) {
    all("[data-keys]").forEach((words) => { words.hidden = false; });
    document.addEventListener("keydown", (event) => {
      const from = event.target;
      const item = from.closest("[data-item]");
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (from.closest("input, select, textarea")) {
        if (event.key === "Escape" && item) item.focus();
        return;
      }
      const items = [...all("[data-item]", queue)];
      const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
      const offers = event.key === "u" ? all("[data-undo]") : item ? all("[data-key]", item) : [];
      const offer = [...offers].find((one) => event.key === "u" || one.dataset.key === event.key);
      if (step) items[Math.min(items.length - 1, Math.max(0, items.indexOf(item) + step))]?.focus();
      else if (offer) offer.matches("input") ? offer.focus() : offer.click();
      else return;
      event.preventDefault();
    });
  }
})();
