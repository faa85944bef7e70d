// Who is here, and the form for those who are not known yet.

import { Lost, Refused, get, send, signedIn } from "./api.js";
import { el, say } from "./dom.js";

const ACTING = new Set(["operator", "admin"]);

// Returns the session, or null: somebody has to sign in.
export async function current() {
  try {
    return begun((await get("/session")).body);
  } catch (error) {
    if (error instanceof Refused && error.status === 401) return null;
    throw error;
  }
}

// Whoever is limited to some services does not see the others.
export const mayAct = (session) => ACTING.has(session.role);

export async function signOut() {
  await send("DELETE", "/session");
}

// Shows the form until a token is right; resolves with the session.
export function signIn(main, why) {
  return new Promise((resolve) => {
    const told = el("p", { class: "told", role: "alert" }, why);
    const token = el("input", {
      id: "token", type: "password", autocomplete: "current-password", required: true, spellcheck: "false",
    });
    const submit = async (event) => {
      event.preventDefault();
      try {
        resolve(begun((await send("POST", "/session", { token: token.value })).body));
      } catch (error) {
        say(told, error instanceof Lost ? "The router does not answer; try again." : `Not signed in: ${error.message}.`);
        token.select();
      }
    };
    const form = el("form", { class: "card sign-in", onsubmit: submit },
      el("h2", {}, "Sign in"),
      el("input", { type: "text", autocomplete: "username", value: location.host, hidden: true }), // for password managers
      el("label", { for: "token" }, "Your token"),
      token,
      el("button", { type: "submit" }, "Sign in"),
      told,
      el("p", { class: "quiet" }, "In an emergency the command line needs no sign-in form: "),
      el("code", {}, `GRAY_ROUTER_TOKEN=… gray-router rollback --all --admin ${location.origin}`));
    main.replaceChildren(form);
    token.focus();
  });
}

function begun(session) {
  signedIn(session);
  return session;
}
