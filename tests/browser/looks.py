"""What can be said of a page's looks without looking: its width, and text that is hard to read."""

from typing import Any

from playwright.sync_api import Page, ViewportSize

PHONE = ViewportSize(width=390, height=844)
WIDE = ViewportSize(width=1360, height=900)
# WCAG 2.2, 1.4.3: contrast of text against what lies behind it; of large text.
LEAST, LEAST_OF_LARGE = 4.5, 3.0
_FAINT = """(least) => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const seen = new Map();
  const rgba = (color) => {
    if (!seen.has(color)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      seen.set(color, [...canvas.getImageData(0, 0, 1, 1).data]);
    }
    return seen.get(color);
  };
  const light = ([red, green, blue]) => [red, green, blue]
    .map((one) => one / 255)
    .map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const found = rgba(getComputedStyle(one).backgroundColor);
      if (found[3] > 250) return found;
    }
    return [255, 255, 255, 255];
  };
  const faint = new Set();
  const texts = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  for (let count = 0; texts.nextNode() && count < 20000; count++) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || element.closest('svg')) continue;
    if (!element.checkVisibility() || element.closest(':disabled')) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700);
    const [one, other] = [light(rgba(style.color)), light(behind(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < least[isLarge ? 1 : 0])
      faint.add(`${ratio.toFixed(2)} <${element.localName} class="${element.className}"> `
        + texts.currentNode.data.trim().slice(0, 40));
  }
  return [...faint].slice(0, 20);
}"""


def too_wide(page: Page) -> int:
    """Pixels by which the page is wider than its window; 0 or less: it does not scroll sideways."""
    found: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return found


def nodes(page: Page) -> int:
    """How many elements the page is made of."""
    found: int = page.evaluate("document.querySelectorAll('*').length")
    return found


def faint(page: Page) -> list[str]:
    """Text that does not stand out enough from what lies behind it."""
    found: list[str] = page.evaluate(_FAINT, [LEAST, LEAST_OF_LARGE])
    return found


def looks_right(page: Page, address: str) -> None:
    """The page fits a phone and a desk, and its text can be read in light and in dark."""
    for size in (PHONE, WIDE):
        page.set_viewport_size(size)
        page.goto(address)
        assert too_wide(page) <= 0, f"{address} is {too_wide(page)} px too wide at {size}"
    for scheme in ("light", "dark"):
        given: Any = {"color_scheme": scheme}
        page.emulate_media(**given)
        assert faint(page) == [], f"{address} in {scheme}"
    page.emulate_media(color_scheme="light")
