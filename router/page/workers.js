// Who serves, and whether by the revision that was decided last.

import { el, fill } from "./dom.js";
import { plural } from "./words.js";

export class Workers {
  constructor() {
    this.root = el("section", { class: "workers" });
  }

  update(release, replicas) {
    const seen = replicas.map((replica) => replica.is_asked === false ? another(replica, release) : asked(replica, release));
    fill(this.root, () => [el("h3", {}, "Routers"), ...seen.map((each) => router(each, release))],
      seen, release.epoch, release.revision);
  }
}

const asked = ({ replica, draining, workers }, release) =>
  ({ replica, draining, workers: workers.map((worker) => ({ ...worker, stand: stand(worker, release) })) });

// Of another router only what it says of itself is known: by what it serves, and that it is there.
const another = ({ replica, silent, running, stands }, release) =>
  ({ replica, silent, running, stand: stands[release.service] ? where(stands[release.service], release) : "does not know it" });

function stand(worker, release) {
  const serves = worker.stands[release.service];
  if (worker.state !== "ready" || !serves) return worker.state === "ready" ? "not serving yet" : worker.state;
  return where(serves, release);
}

const where = ([epoch, revision], release) =>
  epoch === release.epoch && revision === release.revision ? "current" : `at revision ${revision}`;

function router(seen, release) {
  return seen.workers ? theAsked(seen, release) : theOther(seen, release);
}

function theOther({ replica, silent, running, stand }, release) {
  const behind = silent || stand !== "current";
  const all = plural(running, "worker serves", "workers serve");
  return el("div", { class: behind ? "router behind" : "router" },
    el("p", {}, el("strong", {}, replica), silent ? " (says nothing any more)" : "",
      stand === "current" ? `: ${all} revision ${release.revision}` : `: ${stand}`));
}

function theAsked({ replica, draining, workers }, release) {
  const behind = workers.filter((worker) => worker.stand !== "current");
  const all = plural(workers.length, "worker serves", "workers serve");
  const words = behind.length ? `${workers.length - behind.length} of ${all}` : all;
  return el("div", { class: behind.length ? "router behind" : "router" },
    el("p", {}, el("strong", {}, replica), draining ? " (stopping)" : "", `: ${words} revision ${release.revision}`),
    behind.length
      ? el("ul", {}, ...behind.map((worker) => el("li", {}, `${worker.name}: ${worker.stand}`)))
      : null);
}
