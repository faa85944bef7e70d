// All services at a glance, where there is more than one.

import { el, fill } from "./dom.js";
import { commandLine } from "./service.js";
import { percent, status } from "./words.js";

export class Overview {
  // `rollback` is null for whoever may not roll back all of them.
  constructor(rollback) {
    this.list = el("ul");
    const press = () => rollback.press("all services", "/rollback", commandLine("--all"), "");
    this.root = el("nav", { class: "overview", "aria-label": "Services", hidden: true }, this.list,
      rollback && el("button", { type: "button", class: "back all", onclick: press }, "Roll back all services"));
  }

  update(releases, chosen) {
    this.root.hidden = releases.length < 2;
    const shown = releases.map((release) => [release.service, release.percent, release.status, Boolean(release.pending)]);
    fill(this.list, () => releases.map((release) => item(release, release.service === chosen)), shown, chosen);
  }
}

function item(release, isChosen) {
  const link = el("a", { href: `#${encodeURIComponent(release.service)}`, "aria-current": isChosen ? "page" : null },
    el("span", { class: "name" }, release.service),
    release.pending
      ? el("span", { class: "badge", "data-status": "pending" }, "pending")
      : el("span", { class: "badge", "data-status": release.status }, status(release)),
    el("strong", {}, percent(release.percent)));
  return el("li", {}, link);
}
