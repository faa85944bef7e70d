"""Which texts of a page are too faint to be read (WCAG 2.2, 1.4.3: 4.5 to 1)."""

from selenium.webdriver import Chrome

LEAST = 4.5

_PAIRS = """
const ground = (node) => {
  for (let at = node; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (!/, 0\\)$/.test(colour)) return colour;
  }
  return "rgb(255, 255, 255)";
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const found = [];
while (walker.nextNode()) {
  const text = walker.currentNode.textContent.trim(), node = walker.currentNode.parentElement;
  if (!text || !node.checkVisibility()) continue;
  found.push([text, getComputedStyle(node).color, ground(node)]);
}
return found;
"""


def faint_texts(chrome: Chrome) -> list[str]:
    """Return those that can be seen and have less contrast with what is behind them."""
    pairs = chrome.execute_script(_PAIRS)
    assert len(pairs) > 20
    return [
        f"{text}: {front} on {behind}"
        for text, front, behind in pairs
        if contrast(front, behind) < LEAST
    ]


def contrast(one: str, other: str) -> float:
    """Return how many times as bright the brighter colour is, both written `rgb(1, 2, 3)`."""
    darker, brighter = sorted((_luminance(one), _luminance(other)))
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (float(part) / 255 for part in colour[4:-1].split(","))
    return 0.2126 * _linear(red) + 0.7152 * _linear(green) + 0.0722 * _linear(blue)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
