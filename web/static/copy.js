// [data-copy]: its text goes to the clipboard, and the button says so.
"use strict";
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
  } catch {
    // No clipboard without https: mark the text, so that one key copies it.
    const code = button.parentElement.querySelector("code");
    if (code) getSelection().selectAllChildren(code);
    button.textContent = "Marked";
  }
  setTimeout(() => { button.textContent = before; }, 1600);
});
