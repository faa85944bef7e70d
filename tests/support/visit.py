"""Somebody looks at the page in a browser: what is there, what it says, and a hand to press it."""

from collections.abc import Callable
from typing import Any

from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.support.browser import console

BACK = ".heading .back"
"""The button that takes a service back."""

PATIENCE = 25.0
"""Seconds that a page may take on a busy machine."""


class Visit:
    """Somebody looks at the page."""

    def __init__(self, chrome: Chrome, url: str) -> None:
        self.chrome = chrome
        self.url = url

    def open(self) -> None:
        self.chrome.delete_all_cookies()
        self.complaints()  # those about whom was here before
        self.chrome.get(f"{self.url}/")

    def sign_in(self, token: str) -> None:
        self.open()
        self.find("#token").send_keys(token, Keys.ENTER)
        self.find(".service")

    def find(self, selector: str) -> WebElement:
        """Wait until it can be seen."""
        self.until(lambda _: self.all(selector))
        return self.all(selector)[0]

    def press(self, selector: str) -> None:
        """Scroll to a button, so that nothing lies over it, and press it."""
        button = self.find(selector)
        self.chrome.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()

    def all(self, selector: str) -> list[WebElement]:
        found = self.chrome.find_elements(By.CSS_SELECTOR, selector)
        return [each for each in found if each.is_displayed()]

    def reads(self, selector: str, text: str) -> None:
        """Wait until it says so."""
        self.until(lambda _: any(text in each.text for each in self.all(selector)))

    def until(self, is_so: Callable[[Any], Any]) -> Any:
        wait = WebDriverWait(self.chrome, PATIENCE, 0.05, ignored_exceptions=[WebDriverException])
        return wait.until(is_so)

    def run(self, script: str) -> Any:
        return self.chrome.execute_script(script)

    def complaints(self) -> list[str]:
        """Return what the browser has to say; that nobody is signed in yet, it says too."""
        said = [entry["message"] for entry in console(self.chrome)]
        return [line for line in said if "/api/v1/session - Failed" not in line]
