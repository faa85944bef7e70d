// Who serves, and whether by the revision that was decided last.

import { el, fill } from "./dom.js";
import { plural } from "./words.js";

export class Workers {
  constructor() {
    this.root = el("section", { class: "workers" });
  }

  update(release, replicas) {
    const seen = replicas.map(({ replica, draining, workers }) =>
      ({ replica, draining, workers: workers.map((worker) => ({ ...worker, stand: stand(worker, release) })) }));
    fill(this.root, () => [el("h3", {}, "Routers"), ...seen.map((replica) => router(replica, release))],
      seen, release.epoch, release.revision);
  }
}

function stand(worker, release) {
  const serves = worker.stands[release.service];
  if (worker.state !== "ready" || !serves) return worker.state === "ready" ? "not serving yet" : worker.state;
  const [epoch, revision] = serves;
  return epoch === release.epoch && revision === release.revision ? "current" : `at revision ${revision}`;
}

function router({ replica, draining, workers }, release) {
  const behind = workers.filter((worker) => worker.stand !== "current");
  const all = plural(workers.length, "worker serves", "workers serve");
  const words = behind.length ? `${workers.length - behind.length} of ${all}` : all;
  return el("div", { class: behind.length ? "router behind" : "router" },
    el("p", {}, el("strong", {}, replica), draining ? " (stopping)" : "", `: ${words} revision ${release.revision}`),
    behind.length
      ? el("ul", {}, ...behind.map((worker) => el("li", {}, `${worker.name}: ${worker.stand}`)))
      : null);
}
