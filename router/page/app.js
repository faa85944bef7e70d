// The page: sign in, then look each second while somebody looks at it.

import { Lost, Refused, get, of } from "./api.js";
import { Connection } from "./connection.js";
import { el, say } from "./dom.js";
import { Overview } from "./overview.js";
import { Rollback } from "./rollback.js";
import { Service, commandLine } from "./service.js";
import { current, mayAct, signIn, signOut } from "./session.js";
import { percent } from "./words.js";

const EVERY = 1000; // ms
const OF_EACH = 20; // ms a service; adding up what hundreds of them counted costs the router time
const WHEN_HIDDEN = 15000; // ms
const LAST_EVENTS = 12;
const LAST_PAIRS = 5;
const COMPARED_EVERY = 5000; // ms; adding comparisons up costs the router time

const main = document.getElementById("main");
const who = document.getElementById("who");
const connection = new Connection(document.getElementById("connection"), document.getElementById("lost"));

class Page {
  constructor(session) {
    this.session = session;
    this.detail = el("div");
    this.said = el("div", { class: "said" });
    this.rollback = new Rollback(this.said, () => wake());
    this.overview = new Overview(mayAct(session) ? this.rollback : null);
    this.shown = null;
    this.looks = 0;
    main.replaceChildren(this.said, this.overview.root, this.detail);
    this.#greet();
  }

  #greet() {
    const out = this.session.csrf
      ? el("button", { type: "button", class: "plain", onclick: () => this.#leave() }, "Sign out") : null;
    who.replaceChildren(`${this.session.name} (${this.session.role})`, ...(out ? [" ", out] : []));
  }

  async #leave() {
    await signOut();
    location.reload();
  }

  // Looks until the session ends; returns why it did.
  async run() {
    for (;;) {
      try {
        await this.look();
      } catch (error) {
        if (error instanceof Refused && error.status === 401) return "Your session has ended.";
        throw error;
      }
      await pause();
    }
  }

  async look() {
    const number = ++this.looks;
    try {
      const { services } = (await get("/services")).body;
      const release = chosen(services);
      const seen = release ? await about(release.service) : null;
      if (number !== this.looks) return; // another look has begun since
      connection.every = Math.max(EVERY, services.length * OF_EACH);
      connection.heard();
      this.#show(services, release, seen);
    } catch (error) {
      if (error instanceof Refused && error.status === 401) throw error;
      if (!(error instanceof Lost || error instanceof Refused)) throw error;
      connection.lose(error instanceof Refused ? `The router answers, but: ${error.message}.` : "");
    }
  }

  #show(services, release, seen) {
    this.overview.update(services, release?.service);
    if (!release) return say(this.detail, "There is no service that you may see.");
    if (this.shown?.name !== release.service) {
      this.shown = new Service(release.service, mayAct(this.session), this.rollback, () => wake());
      this.detail.replaceChildren(this.shown.root);
    }
    this.shown.update({ release, ...seen });
    connection.commandLine = commandLine(release.service);
    document.title = `${percent(release.percent)} ${release.service} · Gray Router`;
  }
}

function chosen(services) {
  const name = location.hash.slice(1); // as it is written: not everything there can be decoded
  return services.find((release) => encodeURIComponent(release.service) === name) ?? services[0];
}

async function about(service) {
  const [measured, replicas, events] = await Promise.all([
    get(of(service, "/metrics?window=60s")),
    get("/replicas"),
    get(`/events?service=${encodeURIComponent(service)}&limit=${LAST_EVENTS}`),
  ]);
  return {
    measured: measured.body,
    replicas: replicas.body.replicas,
    events: events.body.events,
    compared: await comparison(service),
  };
}

let known = { service: "", at: -Infinity, body: null };

// What was compared may be unreadable while all the rest can be shown.
async function comparison(service) {
  const isFresh = known.service === service && performance.now() - known.at < COMPARED_EVERY;
  if (!isFresh) {
    const body = await get(of(service, `/divergences?limit=${LAST_PAIRS}`)).then(
      (answer) => answer.body,
      (error) => {
        if (error instanceof Refused && error.status !== 401) return null;
        throw error;
      });
    known = { service, at: performance.now(), body };
  }
  return known.body;
}

let wake = () => {};
document.addEventListener("visibilitychange", () => wake());
window.addEventListener("hashchange", () => wake());

function pause() {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, document.hidden ? WHEN_HIDDEN : connection.every);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

async function found() {
  for (;;) {
    try {
      return await current();
    } catch {
      connection.lose();
      await pause();
    }
  }
}

for (let why = ""; ; ) {
  const session = (await found()) ?? (await signIn(main, why));
  why = await new Page(session).run();
}
