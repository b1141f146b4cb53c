// Keys: j and k walk over [data-row], every other key presses or focuses its [data-key]. Within a
// row that has the focus, a [data-row-key] of that row comes first.
"use strict";
(() => {
  const typing = (at) => at.closest("input, select, textarea, [contenteditable], dialog[open]");
  const visible = (at) => at.getClientRects().length > 0;

  function walk(step) {
    const all = rows();
    if (!all.length) return;
    const here = all.indexOf(document.activeElement);
    const next = here < 0 ? (step > 0 ? 0 : all.length - 1) : here + step;
    const row = all[Math.min(Math.max(next, 0), all.length - 1)];
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  }

  function press(key) {
    const row = document.activeElement.closest("[data-row]")?.closest("li, tr");
    const own = row?.querySelector(`[data-row-key="${CSS.escape(key)}"]`);
    if (own) {
      own.click();
      return true;
    }
    const at = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(visible);
    if (!at) return false;
    if (at.matches("input, summary")) at.focus();
    if (!at.matches("input")) at.click();
    return true;
  }

  // Whoever works with the keyboard goes on at the row where they were: after a word on it, which
  // loads the page anew, and when they come back to a list from what they opened there.
  const place = `row ${location.pathname}${location.search}`;
  const rows = () => [...document.querySelectorAll("[data-row]")].filter(visible);

  function remember() {
    const row = document.activeElement.closest("li, tr")?.querySelector("[data-row]");
    if (row) sessionStorage.setItem(place, String(rows().indexOf(row)));
  }

  function goOn() {
    const kept = sessionStorage.getItem(place);
    sessionStorage.removeItem(place);
    if (kept !== null && !location.hash && document.activeElement === document.body) {
      rows()[Math.min(Number(kept), rows().length - 1)]?.focus();
    }
  }

  function help() {
    const dialog = document.getElementById("keys");
    if (dialog && !dialog.open) dialog.showModal();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && !"jk".includes(event.key)) return;
    if (typing(event.target)) {
      if (event.key === "Escape" && event.target.blur) event.target.blur();
      return;
    }
    if (event.key === "j") walk(1);
    else if (event.key === "k") walk(-1);
    else if (event.key === "?") help();
    else if (!/^[a-z/]$/.test(event.key) || !press(event.key)) return;
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) help();
    // A key pressed it, not a pointer.
    if (event.detail === 0 && event.target.closest("a[data-row], [data-row-key]")) remember();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });
  goOn();
})();
