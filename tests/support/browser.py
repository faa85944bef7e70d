"""A browser without a screen, of a desktop's or a phone's size."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions, ChromeService

DESKTOP = (1280, 800)
PHONE = (390, 844)

REMEDY = "is missing: run scripts/install-browser.sh as root"

OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


@contextmanager
def browser(folder: Path) -> Iterator[Chrome]:
    """Start Chromium with a profile of its own in ``folder``."""
    options = ChromeOptions()
    options.binary_location = _program("chromium")
    for option in (*OPTIONS, f"--user-data-dir={folder}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = Chrome(options, ChromeService(_program("chromedriver")))
    try:
        yield chrome
    finally:
        chrome.quit()


def sized(chrome: Chrome, size: tuple[int, int], *, scheme: str = "light") -> None:
    """Make the page as wide and as high as on such a device (a window has a least width)."""
    width, height = size
    chrome.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == PHONE},
    )
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def console(chrome: Chrome) -> list[dict[str, str]]:
    """Return what the console has said since this was asked last."""
    said: list[dict[str, str]] = chrome.get_log("browser")  # type: ignore[no-untyped-call] # theirs
    return said


def _program(name: str) -> str:
    found = shutil.which(name)
    assert found is not None, f"{name} {REMEDY}"
    return found
