// What somebody who may change a release can do to it: each call, and what became of it in words.

import { Lost, get, of, send } from "./api.js";
import { el, fill, say, show } from "./dom.js";
import { count, percent, time } from "./words.js";

const SETTLED = 300; // ms without a key before a plan is asked for

export class Controls {
  constructor(service, changed) {
    this.service = service;
    this.changed = changed;
    this.release = null;
    this.told = el("p", { class: "told", role: "status" });
    this.foretold = el("p", { class: "quiet foretold", id: "foretold" });
    this.percent = el("input", {
      id: "percent", type: "number", min: "0", max: "100", step: "0.01", inputmode: "decimal", required: true,
      "aria-describedby": "foretold", oninput: () => this.#foretellSoon(),
    });
    this.reason = el("input", { id: "reason", maxlength: "500", autocomplete: "off", placeholder: "why" });
    this.moves = {
      start: this.#move("start"),
      promote: this.#move("promote"),
      pause: this.#move("pause"),
      resume: this.#move("resume"),
    };
    this.pending = el("div", { class: "pending", hidden: true });
    this.root = el("section", { class: "controls" }, el("h3", {}, "Change"), this.pending, this.#form(), this.told);
  }

  #form() {
    const set = (event) => {
      event.preventDefault();
      this.#set();
    };
    return el("form", { onsubmit: set },
      el("div", { class: "field" }, el("label", { for: "percent" }, "Percent to AI"), this.percent),
      el("div", { class: "field wide" }, el("label", { for: "reason" }, "Reason"), this.reason),
      el("div", { class: "moves" }, el("button", { type: "submit", class: "set" }, "Set"), ...Object.values(this.moves)),
      this.foretold);
  }

  #move(command) {
    return el("button", { type: "button", hidden: true, onclick: () => this.#do(command) }, command);
  }

  update(release) {
    this.release = release;
    const next = release.stages.find((stage) => stage > release.percent);
    const { start, promote, pause, resume } = this.moves;
    show(start, release.status === "idle" || release.status === "rolled_back");
    say(start, `Start at ${percent(release.stages[0])}`);
    show(promote, release.status === "rolling");
    say(promote, next === undefined ? "Complete" : `Promote to ${percent(next)}`);
    show(pause, release.status === "rolling");
    say(pause, "Pause");
    show(resume, release.status === "paused");
    say(resume, lostItsState(release) ? "Resume as it was known last" : "Resume");
    show(this.pending, release.pending !== null);
    fill(this.pending, () => this.#waiting(release.pending), release.pending);
  }

  #waiting(pending) {
    if (!pending) return [];
    const yes = pending.approved_by.length ? `; approved by ${pending.approved_by.join(", ")}` : "";
    return [
      el("p", {}, el("strong", {}, `${pending.by} asks for ${percent(pending.percent)}`),
        pending.reason ? el("q", {}, pending.reason) : "", `${yes}; until `, time(pending.expires_at)),
      el("button", { type: "button", class: "approve", onclick: () => this.#do("approve") },
        `Approve ${percent(pending.percent)}`),
    ];
  }

  async #foretellSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#foretell(this.percent.value), SETTLED);
  }

  async #foretell(value) {
    if (value === "") return say(this.foretold, "");
    try {
      const { body } = await get(of(this.service, `/plan?percent=${encodeURIComponent(value)}`));
      if (value === this.percent.value) say(this.foretold, foretelling(body));
    } catch (error) {
      say(this.foretold, error instanceof Lost ? "" : error.message);
    }
  }

  #set() {
    const body = { percent: Number(this.percent.value), reason: this.reason.value };
    const isLess = body.percent <= this.release.percent;
    return this.#ask("PUT", "/percent", body, `Setting ${percent(body.percent)}`, isLess);
  }

  #do(command) {
    const body = { reason: this.reason.value };
    if (command === "resume" && lostItsState(this.release)) body.confirm_lost_state = true;
    return this.#ask("POST", `/${command}`, body, command, command === "pause");
  }

  // A raise was decided upon what stands on the page, and is for that revision; what protects is for any.
  async #ask(method, rest, body, doing, isForAny) {
    this.#say("busy", `${doing} …`);
    try {
      const headers = isForAny ? {} : { "If-Match": `"${this.release.revision}"` };
      const answer = await send(method, of(this.service, rest), body, headers);
      this.#say("done", outcome(answer));
      this.reason.value = this.percent.value = "";
      say(this.foretold, "");
    } catch (error) {
      if (error instanceof Lost) this.#say("bad", "No answer: look whether it took effect before you ask again.");
      else this.#say("bad", `Refused: ${error.message}.`);
    }
    this.changed();
  }

  #say(how, words) {
    this.told.className = `told ${how}`;
    say(this.told, words);
  }
}

const lostItsState = (release) => release.held_for === "lost_state";

function outcome({ status, body }) {
  if (body.pending) return `Waits: somebody else has to approve ${percent(body.pending.percent)}.`;
  if (status === 202) return `Set, but not everywhere yet: ${body.missing.join(", ")} has not said so.`;
  return `Done: ${percent(body.percent)} to AI, acknowledged everywhere in ${body.applied_ms.toFixed(0)} ms.`;
}

function foretelling(plan) {
  if (plan.refusal) return `Would be refused now: ${plan.refusal.detail}.`;
  const rate = plan.ai_requests_per_hour === null ? "" :
    `: about ${count(plan.ai_requests_per_hour)} requests an hour to AI instead of ${count(plan.ai_requests_per_hour_now)}`;
  const approval = plan.approvals > 1 ? `; ${plan.approvals} people have to want it, you are one` : "";
  const reason = plan.needs_reason ? "; it needs a reason" : "";
  return `${percent(plan.percent_now)} → ${percent(plan.percent)}${rate}${approval}${reason}.`;
}
