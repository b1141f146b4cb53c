// Keys: j and k walk over [data-row], every other key presses or focuses its [data-key]. Within a
// row that has the focus, a [data-row-key] of that row comes first.
"use strict";
(() => {
  const typing = (at) => at.closest("input, select, textarea, [contenteditable], dialog[open]");
  const visible = (at) => at.getClientRects().length > 0;

  function walk(step) {
    const rows = [...document.querySelectorAll("[data-row]")].filter(visible);
    if (!rows.length) return;
    const here = rows.indexOf(document.activeElement);
    const next = here < 0 ? (step > 0 ? 0 : rows.length - 1) : here + step;
    const row = rows[Math.min(Math.max(next, 0), rows.length - 1)];
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
    if (at.matches("input")) at.focus();
    else at.click();
    return true;
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
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });
})();
