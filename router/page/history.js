// The last events of the audit log: who, when, why.

import { el, fill } from "./dom.js";
import { percent, time } from "./words.js";

export class History {
  constructor() {
    this.list = el("ol", { class: "events" });
    this.root = el("section", { class: "history" }, el("h3", {}, "Last events"), this.list);
  }

  update(events) {
    fill(this.list, () => (events.length ? events.map(item) : [el("li", { class: "quiet" }, "none yet")]), events);
  }
}

function item(event) {
  return el("li", { class: event.accepted ? "" : "refused" },
    time(event.at), " ",
    el("strong", {}, event.who), ` ${what(event)}`,
    event.why ? el("q", {}, event.why) : "",
    event.accepted ? null : el("span", { class: "told" }, ` refused: ${event.refused}`));
}

function what({ command, old, new: after }) {
  const name = command.replaceAll("_", " ");
  if (!after) return `${name} `;
  if (after.pending !== null) return `${name}: asks for ${percent(after.pending)} `;
  return old && old.percent !== after.percent ? `${name}: ${percent(old.percent)} → ${percent(after.percent)} ` : `${name} `;
}
