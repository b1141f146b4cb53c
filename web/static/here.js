// Where one is: where the navigation is wider than the screen, the page's own name is brought into
// view, and its ends are marked beyond which it goes on.
"use strict";
(() => {
  const nav = document.querySelector(".bar nav");
  if (!nav) return;
  const here = nav.querySelector("[aria-current]");
  if (here) nav.scrollLeft = here.offsetLeft - nav.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;
  const mark = () => {
    nav.classList.toggle("more-before", nav.scrollLeft > 4);
    nav.classList.toggle("more-after", nav.scrollLeft < nav.scrollWidth - nav.clientWidth - 4);
  };
  mark();
  nav.addEventListener("scroll", mark, { passive: true });
  addEventListener("resize", mark);
})();
