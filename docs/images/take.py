"""Takes the pictures of the README from the page that `make up` leaves: `python docs/images/take.py [host:port]`.

Titles are Chinese, so the machine needs a font that has them.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update"]  # fmt: skip
PICTURES = (("flows", "/", "light"), ("flow", "/flows/poem-generator", "dark"))


def main(address: str) -> None:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for name, where, scheme in PICTURES:
            page = browser.new_page(viewport={"width": 1200, "height": 640}, color_scheme=scheme, locale="en-GB")
            page.goto(f"http://{address}{where}")
            page.screenshot(path=Path(__file__).with_name(f"page-{name}.png"))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8474")
