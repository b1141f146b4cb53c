// [data-live="seconds"]: the part is fetched again until the server sends it without the mark.
"use strict";
(() => {
  const part = () => document.querySelector("[data-live]");

  async function refresh() {
    const old = part();
    if (!old) return;
    if (!document.hidden && !document.querySelector("dialog[open]")) {
      try {
        const answer = await fetch(location.href, { credentials: "same-origin" });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById(old.id);
        if (answer.ok && fresh) old.replaceWith(document.adoptNode(fresh));
      } catch {
        // The server is away for a moment; the next round asks again.
      }
    }
    wait();
  }

  function wait() {
    const now = part();
    if (now) setTimeout(refresh, Number(now.dataset.live) * 1000);
  }
  wait();
})();
