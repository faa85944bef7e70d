import re
from importlib.util import find_spec

from router import demo


def test_the_map_of_the_demo_names_modules_that_exist() -> None:
    named = re.findall(r"`(\w+)`", demo.__doc__ or "")
    assert "tour" in named
    for name in named:
        assert find_spec(f"router.demo.{name}"), name
