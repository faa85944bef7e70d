// What was compared: how much of it, what differs beyond noise, who decided what, and the last pairs.

import { el, fill, mark, show } from "./dom.js";
import { count, percent, plural, time } from "./words.js";

const FIELDS = 5;
const LABELS = 8; // a matrix of more is nothing for a page
const NOTHING = "not known";

export class Comparison {
  constructor() {
    this.coverage = el("p", {});
    this.verdict = el("p", { class: "beyond" });
    this.noise = el("p", { class: "quiet" });
    this.fields = el("div");
    this.decision = el("div");
    this.samples = el("div");
    this.figures = el("div", { class: "compared" },
      this.verdict, this.noise, this.fields, this.decision, this.samples);
    this.root = el("section", { class: "comparison" },
      el("h3", {}, "Comparison"), this.coverage, this.figures);
  }

  // compared: null while it is not known, as where the store cannot be read.
  update(service, compared) {
    fill(this.coverage, () => [covered(compared)], compared?.coverage ?? null, compared === null);
    const isCompared = Boolean(compared?.coverage.compared);
    show(this.figures, isCompared);
    if (!isCompared) return;
    const { summary, fields, decision, samples, phase } = compared;
    mark(this.verdict, "data-claimed", summary.claimed);
    fill(this.verdict, () => beyond(summary), summary);
    fill(this.noise, () => [noise(summary, phase)], summary, phase);
    fill(this.fields, () => fieldTable(fields), fields);
    fill(this.decision, () => matrix(decision), decision);
    fill(this.samples, () => pairs(service, samples), samples, service);
  }
}

function covered(compared) {
  if (compared === null) return "What was compared cannot be read now.";
  const { eligible, compared: done, ratio, left_out } = compared.coverage;
  if (!eligible) return "Nothing was compared yet: no request was copied.";
  const reasons = Object.entries(left_out).map(([reason, number]) => `${reason} ${count(number)}`);
  const rest = reasons.length ? `; left out: ${reasons.join(", ")}` : "";
  return `${percent(ratio * 100)} of eligible requests were compared (${count(done)} of ${count(eligible)})${rest}.`;
}

function beyond({ beyond_noise, raw, claimed }) {
  if (beyond_noise?.ratio == null) {
    return [el("strong", {}, rate(raw)), " of answers differ; how much of that is noise is not known"];
  }
  const told = claimed ? "AI diverges" : "no divergence is established so far";
  return [el("strong", {}, rate(beyond_noise)), ` differ beyond noise: ${told}`];
}

function noise({ raw, legacy_noise, ai_noise }, phase) {
  return `Phase ${phase}. ${rate(raw)} differ in all; legacy differs from itself in ${rate(legacy_noise)}, ` +
    `AI from itself in ${rate(ai_noise)}.`;
}

function rate(value) {
  if (value?.ratio == null) return NOTHING;
  return `${percent(value.ratio * 100)} (${percent(value.low * 100)} to ${percent(value.high * 100)})`;
}

function fieldTable(fields) {
  if (!fields.length) return [];
  const row = (field) => el("tr", {},
    el("th", { scope: "row" }, el("code", {}, field.field)),
    el("td", { class: field.claimed ? "difference worse" : "" }, rate(field.beyond_noise)),
    el("td", {}, rate(field.raw)),
    el("td", {}, Object.entries(field.changes).map(([change, number]) => `${change} ${count(number)}`).join(", ")));
  const more = fields.length - FIELDS;
  return [
    scrolled("Fields that differ", el("table", {},
      el("thead", {}, el("tr", {}, el("td"), ...["Beyond noise", "Differs", "How"].map(column))),
      el("tbody", {}, ...fields.slice(0, FIELDS).map(row)))),
    more > 0 ? el("p", { class: "quiet" }, `and ${plural(more, "field", "fields")} more`) : "",
  ];
}

function matrix(decision) {
  if (!decision) return [];
  const labels = decision.labels.slice(0, LABELS);
  const counts = new Map(decision.counts.map((cell) => [JSON.stringify([cell.legacy, cell.ai]), cell.count]));
  const cell = (legacy, ai) => {
    const number = counts.get(JSON.stringify([legacy, ai])) ?? 0;
    return el("td", { class: number && legacy !== ai ? "apart" : "" }, count(number));
  };
  return [
    el("p", {}, `Both sides decide alike in ${rate(decision.agreement)}.`),
    scrolled("Who decided what", el("table", { class: "matrix" },
      el("caption", {}, "Legacy's decisions by row, AI's by column"),
      el("thead", {}, el("tr", {}, el("td"), ...labels.map((label) => column(label || "(none)")))),
      el("tbody", {}, ...labels.map((legacy) => el("tr", {},
        el("th", { scope: "row" }, legacy || "(none)"), ...labels.map((ai) => cell(legacy, ai))))))),
  ];
}

// What is wider than the page is scrolled by itself, with the keyboard too.
function scrolled(name, table) {
  return el("div", { class: "scrolled", role: "group", "aria-label": name, tabindex: "0" }, table);
}

function pairs(service, samples) {
  const apart = samples.filter((sample) => sample.fields.length);
  if (!apart.length) return [];
  const item = (sample) => el("li", {},
    time(sample.at), ` ${sample.fields.map(({ field, change }) => `${field} (${change})`).join(", ")} `,
    el("code", {}, `gray-router divergences ${service} ${sample.id}`));
  return [el("p", {}, "The last pairs that differ, side by side by:"), el("ol", { class: "pairs" }, ...apart.map(item))];
}

const column = (name) => el("th", { scope: "col" }, name);
