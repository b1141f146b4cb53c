"""Makes docs/demo.png: the issue page of a running demo.

    ./run demo                                      # in another terminal
    .venv/bin/python docs/picture.py http://127.0.0.1:8320 PASSWORD [ISSUE]

ISSUE is a number as in CHECKOUT-1; 1 if not given.
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
SIZE = {"width": 1360, "height": 900}


def log_in(page: Page, address: str, password: str) -> None:
    """Log in as the demo's account."""
    page.goto(f"{address}/login")
    page.get_by_label("Mail address").fill("demo@localhost")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def address_of(page: Page, address: str, short: str) -> str:
    """Where the page of that issue is."""
    issues = page.request.get(f"{address}/index.json?status=all").json()["issues"]
    return next(address + issue["url"] for issue in issues if issue["short"] == short)


def main() -> None:
    """Take the picture."""
    address, password, *rest = sys.argv[1:]
    short = f"CHECKOUT-{rest[0] if rest else 1}"
    program = os.environ.get("CHROMIUM_BIN") or shutil.which("chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program)
        page = browser.new_page(viewport=SIZE, device_scale_factor=1.5, reduced_motion="reduce")
        log_in(page, address, password)
        page.goto(address_of(page, address, short))
        page.wait_for_load_state("networkidle")
        page.screenshot(path=HERE / "demo.png")
        browser.close()


if __name__ == "__main__":
    main()
