// One service: everything that is known of it, and the button that takes it back.

import { of } from "./api.js";
import { Comparison } from "./comparison.js";
import { Controls } from "./controls.js";
import { el, mark, say, show } from "./dom.js";
import { History } from "./history.js";
import { Measures } from "./measures.js";
import { Share } from "./share.js";
import { status } from "./words.js";
import { Workers } from "./workers.js";

export class Service {
  constructor(name, mayAct, rollback, changed) {
    this.name = name;
    this.badge = el("span", { class: "badge" });
    this.stage = el("span", { class: "quiet" });
    this.parts = { share: new Share(), measures: new Measures(), workers: new Workers(), history: new History(), comparison: new Comparison() };
    this.controls = mayAct ? new Controls(name, changed) : null;
    const press = () => rollback.press(name, of(name, "/rollback"), commandLine(name), this.controls.reason.value);
    this.unbounded = el("p", { class: "unbounded", hidden: true });
    const { share, measures, workers, history, comparison } = this.parts;
    this.root = el("article", { class: "service", "aria-labelledby": "service-name" },
      el("div", { class: "heading" },
        el("h2", { id: "service-name" }, name), this.badge, this.stage,
        mayAct ? el("button", { type: "button", class: "back", onclick: press }, "Roll back to legacy") : null),
      this.unbounded,
      share.root,
      el("div", { class: "columns" },
        el("div", {}, measures.root, history.root),
        el("div", {}, this.controls?.root ?? null, workers.root)),
      comparison.root);
  }

  update({ release, measured, replicas, events, compared }) {
    say(this.badge, status(release));
    mark(this.badge, "data-status", release.status);
    say(this.stage, release.stage === null ? "" : `stage ${release.stage + 1} of ${release.stages.length}`);
    show(this.unbounded, Boolean(release.unbounded_because));
    say(this.unbounded, release.unbounded_because ? `A rollback has no bound: ${release.unbounded_because}.` : "");
    this.parts.share.update(release);
    this.parts.measures.update(measured);
    this.parts.workers.update(release, replicas);
    this.parts.history.update(events);
    this.parts.comparison.update(release.service, compared);
    this.controls?.update(release);
  }
}

export const commandLine = (service) => `gray-router rollback ${service} --admin ${location.origin}`;
