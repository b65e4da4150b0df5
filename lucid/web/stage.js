// @ts-check
/** @typedef {import("./protocol.js").SessionState} SessionState */
/** @typedef {import("./protocol.js").WireError} WireError */

import { byId } from "./dom.js";
import { errorCard } from "./notices.js";
import { inWords } from "./words.js";

/**
 * What the page shows of a session.
 * @typedef {object} View
 * @property {SessionState|"connecting"|"queued"|"disconnected"} state
 * @property {number} position in the queue, 1 is next
 * @property {{stage: string, fraction: number|null}|null} progress
 * @property {WireError|null} error what ended the session
 * @property {number} retry_s until the next try to connect
 * @property {boolean} pictured a frame has arrived
 * @property {boolean} locks a click on the stage locks the pointer
 * @property {boolean} locked
 */

/** @type {{[state in View["state"]]: string}} */
const NAMES = {
  connecting: "Connecting",
  queued: "In queue",
  disconnected: "Disconnected",
  loading: "Loading",
  ready: "Ready",
  running: "Playing",
  paused: "Paused",
  ending: "Ending",
  ended: "Ended",
  failed: "Failed",
};

/**
 * What lies over the video while nothing plays; without a title, nothing does.
 * @typedef {object} Veil
 * @property {string} [title]
 * @property {string} [line]
 * @property {number|null} [fraction] of the progress bar; null: unknown, without: no bar
 * @property {string} [restart] what the button that opens a fresh session says
 */

/**
 * Show the state everywhere that the page shows it.
 * @param {View} view
 */
export function render(view) {
  if (document.body.dataset.state !== view.state) byId("announcer").textContent = NAMES[view.state];
  document.body.dataset.state = view.state;
  byId("status").textContent = statusText(view);
  const pause = /** @type {HTMLButtonElement} */ (byId("pause"));
  pause.disabled = view.state !== "running" && view.state !== "paused";
  pause.textContent = view.state === "paused" ? "Resume" : "Pause";
  setText("hint", hintText(view));
  renderVeil(veilOf(view), view.error);
}

/**
 * @param {Veil} veil
 * @param {WireError|null} error
 */
function renderVeil({ title = "", line = "", fraction, restart = "" }, error) {
  byId("veil").hidden = !title;
  setText("veil-title", title);
  setText("veil-line", line);
  setText("restart", restart);
  const bar = /** @type {HTMLProgressElement} */ (byId("veil-progress"));
  bar.hidden = fraction === undefined;
  if (typeof fraction === "number") bar.value = fraction;
  else bar.removeAttribute("value");
  const slot = byId("veil-error");
  const shown = slot.firstElementChild;
  if (error && shown?.getAttribute("data-error-code") === error.code) return;
  slot.replaceChildren(...(error ? [errorCard(error)] : []));
}

/**
 * @param {string} id
 * @param {string} text
 */
function setText(id, text) {
  const element = byId(id);
  element.hidden = !text;
  if (element.textContent !== text) element.textContent = text;
}

/** @param {View} view */
function statusText({ state, position, progress }) {
  const name = NAMES[state];
  if (state === "queued") return `${name}: ${position}`;
  return state === "loading" && progress ? `${name}: ${stageText(progress)}` : name;
}

/** @param {View} view */
function hintText({ state, pictured, locks, locked }) {
  if (state === "paused") return "Paused";
  if (state !== "running") return "";
  if (!pictured) return "Waiting for the first frame";
  return locks && !locked ? "Click to look around, Esc to let go" : "";
}

/**
 * @param {View} view
 * @returns {Veil}
 */
function veilOf({ state, position, progress, retry_s }) {
  switch (state) {
    case "connecting": return { title: "Connecting" };
    case "queued": return {
      title: position === 1 ? "You are next" : `You are number ${position} in the queue`,
      line: "Somebody else plays; your turn starts by itself",
    };
    case "loading": return {
      title: "Loading the world",
      line: progress ? stageText(progress) : "",
      fraction: progress && progress.fraction,
    };
    case "ready": return { title: "Starting" };
    case "running":
    case "paused":
    case "ending": return {};
    case "disconnected": return {
      title: "Connection lost", line: `Trying again in ${retry_s} s`, restart: "Try now",
    };
    case "ended": return { title: "The session is over", restart: "Play again" };
    case "failed": return { title: "The session failed", restart: "Play again" };
  }
}

/** @param {{stage: string, fraction: number|null}} progress */
function stageText({ stage, fraction }) {
  return fraction === null ? inWords(stage) : `${inWords(stage)} ${Math.floor(fraction * 100)} %`;
}
