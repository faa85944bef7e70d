// A rollback: asked for at once, told as it happens, and there until somebody dismisses it.

import { Lost, rollBack } from "./api.js";
import { el, say } from "./dom.js";
import { milliseconds, percent, plural, seconds } from "./words.js";

const TWICE = 1000; // ms in which another press is the same one
const SILENT = 2500; // ms after which somebody should no longer wait for this page alone

export class Rollback {
  constructor(place, changed) {
    this.place = place;
    this.changed = changed;
    this.pressedAt = -Infinity;
  }

  // `name` is for people, `path` for the router.
  async press(name, path, commandLine, reason) {
    const now = performance.now();
    if (now - this.pressedAt < TWICE) return;
    this.pressedAt = now;
    const asked = rollBack(path, reason, (event, data) => told.hear(event, data)); // before all else
    const told = new Telling(name, commandLine);
    this.place.replaceChildren(told.root);
    told.root.scrollIntoView({ block: "start" });
    told.title.focus({ preventScroll: true });
    try {
      await asked;
      if (!told.reports) told.fail("The answer ended before the report came.");
    } catch (error) {
      told.fail(error instanceof Lost ? "No answer. It may have arrived or not." : `Not done: ${error.message}.`);
    }
    this.changed();
  }
}

// One rollback on the page.
class Telling {
  constructor(name, commandLine) {
    this.name = name;
    this.commandLine = commandLine;
    this.silence = setTimeout(() => this.#hurry(), SILENT);
    this.reports = 0;
    this.title = el("h2", { tabindex: "-1" }, `Rolling back ${name} …`);
    this.verdict = el("div", { class: "verdict", role: "alert" });
    this.heard = el("ol", { class: "heard", role: "log", "aria-label": "Acknowledgements" });
    this.root = el("section", { class: "rollback running", "aria-label": `Rollback of ${name}` },
      this.title, this.verdict, this.heard,
      el("button", { type: "button", class: "dismiss", onclick: () => this.root.remove() }, "Dismiss"));
  }

  hear(event, data) {
    clearTimeout(this.silence);
    this.hint?.remove();
    if (event === "published")
      this.#add(`${data.service}: every worker is told (epoch ${data.epoch}, revision ${data.revision})`);
    else if (event === "acknowledged")
      this.#add(`${data.service}: ${whoConfirms(data)} nobody to AI any more, after ${milliseconds(data.applied_ms)}`);
    else if (event === "report") this.#report(data);
  }

  #add(words) {
    this.heard.append(el("li", {}, words));
  }

  #report(report) {
    this.reports += 1;
    this.root.classList.remove("running");
    if (!report.complete) this.root.classList.add("incomplete");
    say(this.title, `Rollback of ${this.name}`);
    this.verdict.append(el("p", { class: "large" }, headline(report)), el("p", {}, details(report)));
    for (const problem of report.problems) this.verdict.append(el("p", {}, problem));
  }

  fail(words) {
    clearTimeout(this.silence);
    this.hint?.remove();
    this.root.classList.remove("running");
    this.root.classList.add("incomplete");
    say(this.title, `Rollback of ${this.name}: not confirmed`);
    this.verdict.append(el("p", { class: "large" }, words), this.#otherWay());
  }

  #hurry() {
    this.hint = el("div", {}, el("p", { class: "large" }, "No answer yet. Do not wait for this page."), this.#otherWay());
    this.verdict.append(this.hint);
  }

  #otherWay() {
    return el("div", {},
      el("p", {}, "Press again, or use the command line on a machine that reaches the router:"),
      el("pre", {}, this.commandLine));
  }
}

// A worker of the replica that was called, or all those of another one.
function whoConfirms(data) {
  if (data.workers === undefined) return `${data.worker} on ${data.replica} sends`;
  if (data.acked < data.workers) return `${data.acked} of ${data.workers} workers on ${data.replica} send`;
  if (data.workers === 1) return `the worker on ${data.replica} sends`;
  return `all ${data.workers} workers on ${data.replica} send`;
}

function headline(report) {
  const workers = report.replicas.reduce((sum, each) => sum + each.workers, 0);
  const acked = report.replicas.reduce((sum, each) => sum + each.acked, 0);
  const where = report.replicas.length > 1 ? ` of ${report.replicas.length} replicas` : "";
  const confirmed = workers === 1 ? "its worker" : `all ${workers} workers${where}`;
  if (report.complete)
    return `${report.service}: ${percent(0)} to AI, confirmed by ${confirmed} within ${milliseconds(report.applied_ms)}.`;
  const bound = report.bound_s === null
    ? "Nothing bounds how long they go on asking AI." : `They are safe by themselves within ${seconds(report.bound_s)}.`;
  const provided = report.provided ? ` Mind: ${report.provided}.` : "";
  const missing = report.missing.join(", ");
  const silent = report.replicas.length > 1 ? missing : `${plural(workers - acked, "worker", "workers")} (${missing})`;
  return `${report.service}: NOT CONFIRMED by ${silent}. ${bound}${provided}`;
}

const KEPT = {
  store: "It is kept in the store.",
  journal: "The store could not keep it; it is kept in the journal on this machine.",
  none: "It could NOT be kept: after a restart look at the share before anything else.",
};

function details(report) {
  const where = report.complete || report.replicas.length === 1 ? "" : "Elsewhere: ";
  const last = report.last_ai_byte_ms
    ? `${where}The last request to AI began ${milliseconds(report.last_ai_byte_ms)} after the call`
    : `${where}No request to AI began after the call`;
  const open = report.in_flight_ai === 0
    ? "none was in flight" : `${plural(report.in_flight_ai, "request was", "requests were")} still in flight at AI`;
  return `${last}; ${open}. ${KEPT[report.durable]}`;
}
