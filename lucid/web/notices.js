// @ts-check
/** @typedef {import("./protocol.js").WireError} WireError */

import { byId, el } from "./dom.js";

const MOST = 3;

/**
 * An error as a card.
 * @param {WireError} error
 */
export function errorCard({ code, message, hint }) {
  const card = el("article", { className: "card", "data-error-code": code },
    el("p", { className: "message" }, message));
  if (hint) card.append(el("p", { className: "next" }, hint));
  card.append(el("p", { className: "code" }, code));
  return card;
}

/** Cards of errors that a session survives: the newest three, equal ones counted. */
export class Notices {
  #root = byId("notices");
  /** @type {Map<string, {card: HTMLElement, counter: HTMLElement, count: number}>} */
  #shown = new Map();

  /** @param {WireError} error */
  show(error) {
    const key = keyOf(error);
    const known = this.#shown.get(key);
    if (known) {
      known.count += 1;
      known.counter.textContent = `×${known.count}`;
      return;
    }
    const card = errorCard(error);
    const counter = el("span", { className: "count" });
    const dismiss = el("button", { type: "button", className: "dismiss", "aria-label": "Dismiss" },
      "×");
    dismiss.addEventListener("click", () => this.remove(error));
    card.append(counter, dismiss);
    this.#root.append(card);
    this.#shown.set(key, { card, counter, count: 1 });
    for (const oldest of [...this.#shown.keys()].slice(0, -MOST)) this.#drop(oldest);
  }

  /** @param {WireError} error */
  remove(error) {
    this.#drop(keyOf(error));
  }

  clear() {
    for (const key of [...this.#shown.keys()]) this.#drop(key);
  }

  /** @param {string} key */
  #drop(key) {
    this.#shown.get(key)?.card.remove();
    this.#shown.delete(key);
  }
}

/** @param {WireError} error */
function keyOf({ code, message, hint }) {
  return JSON.stringify([code, message, hint]);
}
