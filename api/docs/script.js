"use strict";
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const operations = [...document.querySelectorAll("details.operation")];
  document.querySelector(".tools").hidden = false;

  const kept = (() => { try { return localStorage.getItem("theme"); } catch { return null; } })();
  if (kept === "light" || kept === "dark") root.dataset.theme = kept;
  byId("theme").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* private windows keep nothing */ }
  });

  const filter = byId("filter");
  const narrow = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const operation of operations) {
      operation.hidden = !words.every((word) => operation.dataset.words.includes(word));
      shown += operation.hidden ? 0 : 1;
    }
    for (const link of document.querySelectorAll("nav a[data-for]")) {
      link.parentElement.hidden = byId(link.dataset.for).hidden;
    }
    for (const group of document.querySelectorAll("nav .entry")) {
      group.hidden = !group.querySelector("li:not([hidden])");
    }
    for (const section of document.querySelectorAll("section.tag")) {
      section.hidden = !section.querySelector("details.operation:not([hidden])");
    }
    for (const section of document.querySelectorAll("#top, #schemas")) section.hidden = words.length > 0;
    byId("nothing").hidden = shown > 0;
  };
  filter.addEventListener("input", narrow);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== filter) { event.preventDefault(); filter.focus(); }
    if (event.key === "Escape" && document.activeElement === filter) { filter.value = ""; narrow(); filter.blur(); }
  });

  const expand = byId("expand");
  expand.addEventListener("click", () => {
    const open = expand.getAttribute("aria-pressed") !== "true";
    for (const operation of operations) operation.open = open;
    expand.setAttribute("aria-pressed", String(open));
    expand.textContent = open ? "Collapse all" : "Expand all";
  });

  const follow = () => {
    const target = location.hash && byId(decodeURIComponent(location.hash.slice(1)));
    for (const link of document.querySelectorAll("nav a[aria-current]")) link.removeAttribute("aria-current");
    if (!target) return;
    if (target.hidden || target.closest("[hidden]")) { filter.value = ""; narrow(); }
    if (target.tagName === "DETAILS") { target.open = true; target.scrollIntoView(); }
    document.querySelector(`nav a[href="#${CSS.escape(target.id)}"]`)?.setAttribute("aria-current", "true");
  };
  addEventListener("hashchange", follow);
  follow();
})();
