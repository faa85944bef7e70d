// How much AI gets: the number, a bar with the plan's stages, and who decided it.

import { el, fill, mark, say } from "./dom.js";
import { percent, status, time } from "./words.js";

export class Share {
  constructor() {
    this.number = el("p", { class: "number" });
    this.effective = el("p", { class: "quiet" });
    this.ready = el("p", { class: "ready" });
    this.filled = el("div", { class: "filled" });
    this.marks = el("ol", { class: "marks", "aria-label": "Stages of the plan" });
    this.bar = el("div", { class: "bar", role: "img" }, this.filled);
    this.decided = el("p", { class: "decided" });
    this.root = el("div", { class: "share" },
      el("div", { class: "figures" }, this.number, this.effective, this.ready), this.bar, this.marks, this.decided);
  }

  update(release) {
    fill(this.number, () => [el("strong", {}, percent(release.percent)), " to AI"], release.percent);
    say(this.effective, effect(release));
    mark(this.ready, "data-ready", String(release.rollback_ready));
    say(this.ready, readiness(release));
    this.filled.style.inlineSize = `${release.percent}%`;
    mark(this.bar, "aria-label", `AI ${percent(release.percent)}, legacy ${percent(100 - release.percent)}`);
    fill(this.marks, () => release.stages.map((stage, index) => stageMark(release, stage, index)),
      release.stages, release.percent, release.stage);
    fill(this.decided, () => whoDecided(release), release.updated_at, release.by, release.approved_by, release.reason, release.status);
  }
}

function effect(release) {
  if (release.effective_percent === null) return "no answer yet since that was set";
  return `${percent(release.effective_percent)} of the answers since then came from AI`;
}

function readiness({ rollback_ready, rollback_ready_because: because }) {
  if (rollback_ready === true) return `legacy is ready for everybody: ${because}`;
  if (rollback_ready === false) return `legacy is not ready for everybody: ${because}`;
  return `whether legacy is ready for everybody: ${because}`;
}

function stageMark(release, stage, index) {
  const place = release.stage === index ? "here" : stage <= release.percent ? "reached" : "ahead";
  const item = el("li", { class: place, "aria-current": release.stage === index ? "step" : null }, percent(stage));
  item.style.insetInlineStart = `${stage}%`;
  return item;
}

function whoDecided(release) {
  const yes = release.approved_by.length ? `, approved by ${release.approved_by.join(", ")}` : "";
  const by = release.by ? ` by ${release.by}${yes}` : "";
  const why = release.reason ? [": ", el("q", {}, release.reason)] : [];
  return [`${status(release)} since `, time(release.updated_at), by, ...why];
}
