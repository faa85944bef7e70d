// How numbers, times and states are written for people.

import { el } from "./dom.js";

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY_AND_CLOCK = new Intl.DateTimeFormat(undefined, {
  day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
});

export const percent = (number) => `${Number(number.toFixed(2))}\u00a0%`;

export const count = (number) => number.toLocaleString(undefined, { maximumFractionDigits: 0 });

export const rate = (number) => number.toLocaleString(undefined, { maximumFractionDigits: number < 10 ? 1 : 0 });

export function milliseconds(number) {
  if (number >= 10000) return `${(number / 1000).toFixed(0)}\u00a0s`;
  if (number >= 1000) return `${(number / 1000).toFixed(1)}\u00a0s`;
  return `${number < 10 ? number.toFixed(1) : number.toFixed(0)}\u00a0ms`;
}

export function seconds(number) {
  if (number < 90) return `${Math.round(number)} s`;
  return number < 5400 ? `${Math.round(number / 60)} min` : `${Math.round(number / 3600)} h`;
}

// In the reader's own zone; the title has it in UTC, as logs do.
export function time(text) {
  const at = new Date(text);
  const isToday = at.toDateString() === new Date().toDateString();
  return el("time", { datetime: text, title: at.toISOString() }, (isToday ? CLOCK : DAY_AND_CLOCK).format(at));
}

const STATUS = {
  idle: "idle",
  rolling: "rolling out",
  paused: "paused",
  complete: "complete",
  rolled_back: "rolled back",
};

export const status = (release) => STATUS[release.status] ?? release.status;

export const plural = (number, one, many) => `${number} ${number === 1 ? one : many}`;
