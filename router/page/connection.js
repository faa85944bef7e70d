// Whether the numbers on the page are of now, and what to do when they are not.

import { el, mark, say } from "./dom.js";
import { seconds } from "./words.js";

const LATE = 2000; // ms that an answer may take longer than the pause before it

export class Connection {
  constructor(line, notice) {
    this.line = line;
    this.notice = notice;
    this.heardAt = null;
    this.isLost = false;
    this.every = 1000; // ms between two looks
    this.because = "";
    this.commandLine = `gray-router rollback --admin ${location.origin}`;
    setInterval(() => this.#tick(), 250);
  }

  heard() {
    this.heardAt = performance.now();
    this.isLost = false;
    this.because = "";
    this.#tick();
  }

  // `because` says what else it is when somebody does answer.
  lose(because = "") {
    this.isLost = true;
    this.because = because;
    this.#tick();
  }

  #tick() {
    const age = this.heardAt === null ? null : performance.now() - this.heardAt;
    const isLost = this.isLost || (age !== null && age > this.every + LATE && !document.hidden);
    document.body.classList.toggle("stale", isLost);
    mark(this.line, "data-state", isLost ? "lost" : "live");
    if (this.heardAt !== null || isLost) say(this.line, isLost ? "connection lost" : "live");
    if (isLost) this.#warn(age);
    else if (this.notice.hasChildNodes()) this.notice.replaceChildren();
  }

  #warn(age) {
    if (!this.notice.hasChildNodes()) {
      this.age = el("span", { "aria-hidden": "true" }); // it would be read out each second
      this.command = el("pre");
      this.notice.replaceChildren(el("div", { class: "lost" },
        el("p", { class: "large" }, this.because || "Connection to the router lost.", " ", this.age),
        el("p", {}, "A rollback by the command line:"), this.command));
    }
    say(this.age, age === null ? "Nothing has been heard yet." : `These numbers are ${seconds(age / 1000)} old.`);
    say(this.command, this.commandLine);
  }
}
