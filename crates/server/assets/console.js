// What makes the pages more pleasant; every page works without it.
"use strict";
(() => {
  const all = (what, within = document) => within.querySelectorAll(what);

  // Distances in time keep walking. The exact time stands in the title.
  const steps = [[6e4, 1e3, "s"], [36e5, 6e4, "min"], [864e5, 36e5, "h"], [2592e6, 864e5, "d"]];
  const walk = () => all("time[data-relative]").forEach((time) => {
    const gap = Date.parse(time.dateTime) - Date.now();
    const far = Math.abs(gap);
    const step = steps.find(([most]) => far < most);
    if (!step) return;
    const amount = Math.floor(far / step[1]) + " " + step[2];
    time.textContent = far < 5e3 ? "now" : gap > 0 ? "in " + amount : amount + " ago";
  });

  // Buttons that copy a text are of use only here.
  const copyable = () => all("[data-copy]").forEach((button) => { button.hidden = !navigator.clipboard; });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const from = document.getElementById(button.dataset.copy);
    const label = button.querySelector("span");
    const before = label.textContent;
    try {
      await navigator.clipboard.writeText(from.value ?? from.textContent);
      label.textContent = "Copied";
    } catch {
      label.textContent = "Not copied";
    }
    setTimeout(() => { label.textContent = before; }, 2000);
  });

  // A dangerous form asks once more.
  document.addEventListener("submit", (event) => {
    const words = event.target.dataset.confirm;
    if (words && !confirm(words)) event.preventDefault();
  });

  // An open menu closes on Escape and on a click elsewhere.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    all("details.menu[open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });
  document.addEventListener("click", (event) => all("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  }));

  // A live list is fetched again while it is looked at, unless paused or in use.
  const live = document.querySelector("[data-live]");
  const button = document.querySelector("[data-live-switch]");
  let paused = false;
  const refresh = async () => {
    const busy = paused || document.hidden || live.contains(document.activeElement) || !getSelection().isCollapsed;
    if (busy) return;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "error" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-live]");
      // Nothing is refreshed there any more: the page has come to its end, and is shown as it is then.
      if (!fresh) return location.reload();
      live.replaceChildren(...fresh.childNodes);
      walk();
      copyable();
    } catch { /* the next round tries again */ }
  };
  if (live && button) {
    button.hidden = false;
    button.addEventListener("click", () => {
      paused = !paused;
      button.querySelector("span").textContent = paused ? "Go on" : "Pause";
    });
    setInterval(refresh, Math.max(2, Number(live.dataset.live)) * 1000);
  }

  walk();
  copyable();
  setInterval(walk, 5000);
})();
