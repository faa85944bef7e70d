// How elements are made and changed. Nothing here or elsewhere parses text as HTML: what the server
// says becomes text nodes and attributes, whatever stands in it.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

// A text that has not changed is left alone, so that nobody's selection or screen reader is disturbed.
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function mark(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

export function show(node, isShown) {
  if (node.hidden === isShown) node.hidden = !isShown;
}

// Replaces the children only if what they are made of has changed.
export function fill(node, made, ...basis) {
  const now = JSON.stringify(basis);
  if (node.madeOf === now) return;
  node.madeOf = now;
  node.replaceChildren(...made());
}
