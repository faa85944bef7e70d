// The calls to the admin API. A refusal is a `Refused` with the problem's words; when nobody
// answers in time it is a `Lost`.

const PATIENCE = 3000; // ms; an answer from next door takes 10
const CHANGE_PATIENCE = 15000; // ms; a change is acknowledged within 2 s, a rollback within 3

export class Lost extends Error {}

export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `the answer was ${status}`);
    this.status = status;
    this.code = problem.code ?? "";
  }
}

let csrf = "";

export function signedIn(session) {
  csrf = session.csrf;
}

export const get = (path) => call("GET", path, {}, PATIENCE);

export const send = (method, path, body, headers = {}) =>
  call(method, path, { body: JSON.stringify(body), headers }, CHANGE_PATIENCE);

export const of = (service, rest = "") => `/services/${encodeURIComponent(service)}${rest}`;

async function call(method, path, options, patience) {
  const response = await ask(method, path, options, patience);
  const text = await heard(response.text());
  if (response.ok) return { status: response.status, body: text ? understood(text) : null };
  throw new Refused(response.status, problem(text));
}

// A rollback, told as it happens: `hear(event, data)` for each event until the last one.
export async function rollBack(path, reason, hear) {
  const options = { body: JSON.stringify({ reason }), headers: { Accept: "text/event-stream" } };
  const response = await ask("POST", path, options, CHANGE_PATIENCE);
  if (!response.ok) throw new Refused(response.status, problem(await heard(response.text())));
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await heard(reader.read());
    if (done) return;
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) tell(block, hear);
  }
}

function tell(block, hear) {
  let name = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).trim());
  }
  if (data.length) hear(name, JSON.parse(data.join("\n")));
}

async function ask(method, path, { body, headers = {} }, patience) {
  const more = body === undefined ? {} : { "Content-Type": "application/json" };
  if (method !== "GET" && csrf) more["x-gray-csrf"] = csrf;
  return heard(fetch(`api/v1${path}`, {
    method,
    body,
    headers: { ...more, ...headers },
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(patience),
  }));
}

async function heard(promise) {
  try {
    return await promise;
  } catch (error) {
    throw new Lost(error.message);
  }
}

// A proxy before the router may answer in its place, with a page of its own.
function understood(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Lost("what answers is no admin API");
  }
}

function problem(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
