// The last minute, legacy and AI side by side, with the difference stressed where there is one.

import { el, fill } from "./dom.js";
import { count, milliseconds, plural, rate } from "./words.js";

const FEW = 30; // requests; below that a difference is chance more often than not
const NOTHING = "–";
const ratio = (number) => `${(number * 100).toFixed(number && number < 0.1 ? 2 : 1)}\u00a0%`;

// name, key, how it is written, how the difference is: [words, is it worse?]
const ROWS = [
  ["Requests a second", "requests_per_second", rate, () => null],
  ["Errors (5xx)", "error_ratio", ratio, points],
  ["Latency p50", "p50_ms", milliseconds, times],
  ["Latency p95", "p95_ms", milliseconds, times],
  ["Latency p99", "p99_ms", milliseconds, times],
];

export class Measures {
  constructor() {
    this.body = el("tbody");
    this.note = el("p", { class: "quiet" });
    this.root = el("section", { class: "measures" },
      el("h3", {}, "The last minute"),
      el("table", {},
        el("thead", {}, el("tr", {}, el("td"), ...["Legacy", "AI", "AI vs legacy"].map(column))),
        this.body),
      this.note);
  }

  update(measured) {
    const { legacy, ai } = measured.variants;
    const basis = [legacy, ai, measured.covered_s];
    fill(this.body, () => ROWS.map((row) => tableRow(row, legacy, ai)), ...basis);
    fill(this.note, () => [note(measured)], ...basis, measured.fallbacks);
  }
}

const column = (name) => el("th", { scope: "col" }, name);

function tableRow([name, key, write, compare], legacy, ai) {
  const cell = (variant) => el("td", {}, variant[key] === null ? NOTHING : write(variant[key]));
  return el("tr", {}, el("th", { scope: "row" }, name), cell(legacy), cell(ai), difference(compare, key, legacy, ai));
}

function difference(compare, key, legacy, ai) {
  const isKnown = legacy[key] !== null && ai[key] !== null;
  const found = isKnown ? compare(legacy[key], ai[key]) : null;
  if (!found) return el("td", { class: "difference" }, isKnown ? "" : NOTHING);
  const [words, side] = found;
  const isFirm = side && Math.min(legacy.requests, ai.requests) >= FEW;
  return el("td", { class: `difference ${isFirm ? side : ""}` }, isFirm ? `${words} ${side}` : words);
}

function points(legacy, ai) {
  const more = (ai - legacy) * 100;
  const words = `${more < 0 ? "−" : "+"}${Math.abs(more).toFixed(Math.abs(more) < 10 ? 2 : 1)} points`;
  return [Math.abs(more) < 0.005 ? "the same" : words, Math.abs(more) < 0.5 ? "" : more > 0 ? "worse" : "better"];
}

function times(legacy, ai) {
  if (!legacy) return null;
  const factor = ai / legacy;
  return [`× ${factor.toFixed(factor < 10 ? 2 : 0)}`, factor > 1.2 ? "worse" : factor < 0.8 ? "better" : ""];
}

function note({ variants, fallbacks, covered_s }) {
  const { legacy, ai } = variants;
  const said = [`${count(legacy.requests)} answers of legacy and ${count(ai.requests)} of AI`];
  if (covered_s < 55) said.push(`seen for ${Math.round(covered_s)} s`);
  if (ai.requests < FEW || legacy.requests < FEW) said.push("few: a difference may be chance");
  const reasons = Object.entries(fallbacks).filter(([, number]) => number);
  const all = reasons.reduce((sum, [, number]) => sum + number, 0);
  if (all) {
    const named = reasons.map(([reason, number]) => `${reason} ${count(number)}`).join(", ");
    said.push(`legacy answered ${plural(all, "time", "times")} in AI's place (${named})`);
  }
  return `${said.join("; ")}.`;
}
