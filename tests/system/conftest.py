"""A browser, and the page in it, for whoever tries the page."""

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from tests.support.browser import DESKTOP, browser, sized
from tests.support.page_double import DoubledVisit, PageDouble, page_double


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with browser(tmp_path_factory.mktemp("profile")) as it:
        yield it


@pytest.fixture
def double() -> Iterator[PageDouble]:
    with page_double() as it:
        yield it


@pytest.fixture
def visit(chrome: Chrome, double: PageDouble) -> DoubledVisit:
    sized(chrome, DESKTOP)
    return DoubledVisit(chrome, double)
