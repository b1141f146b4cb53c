// Where one is: on a narrow screen the page's own name in the navigation is brought into view.
"use strict";
(() => {
  const nav = document.querySelector(".bar nav");
  const here = nav?.querySelector("[aria-current]");
  if (here) nav.scrollLeft = here.offsetLeft - nav.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;
})();
