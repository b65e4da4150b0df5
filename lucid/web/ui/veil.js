// @ts-check
/** @typedef {import("./player.js").LucidPlayer} LucidPlayer */
/** @typedef {import("./view.js").View} View */

import { inWords } from "../client/words.js";
import { html, nothing } from "../vendor/lit.js";
import { errorCard } from "./notices.js";

/**
 * Render the veil, which covers the picture while no session runs.
 * @param {View} view
 * @param {LucidPlayer} player
 */
export function veil(view, player) {
  const message = words(view);
  if (!message) return nothing;
  const { title, line = "", button } = message;
  return html`
    <div id="veil">
      ${view.state === "loading" || view.state === "connecting" || view.state === "ready"
        ? html`<i class="spinner" aria-hidden="true"></i>` : nothing}
      <h2 id="veil-title">${title}</h2>
      ${line ? html`<p id="veil-line">${line}</p>` : nothing}
      ${view.state === "loading" ? loading(view) : nothing}
      ${view.error ? html`<div role="alert">${errorCard(view.error, player)}</div>` : nothing}
      ${button ? html`<button id="restart" type="button" class="primary"
        @click=${button.act}>${button.text}</button>` : nothing}
    </div>`;

  /** @param {View} view @returns {Message|null} */
  function words({ state, position, retry_s, hello }) {
    const again = { text: "Play again", act: () => player.restart() };
    switch (state) {
      case "connecting": return { title: "Connecting" };
      case "queued": return {
        title: position === 1 ? "You are next" : `You are number ${position} in the queue`,
        line: "Someone else is playing. Your session starts automatically.",
      };
      case "loading": return { title: hello ? `Loading ${hello.manifest.model.name}` : "Loading" };
      case "ready": return { title: "Starting" };
      case "disconnected": return {
        title: "Connection lost",
        line: hello?.resume_token
          ? `Trying again in ${retry_s} s. The server keeps your session for 30 s.`
          : `Trying again in ${retry_s} s.`,
        button: { text: "Try now", act: () => player.retryNow() },
      };
      case "ended": return { title: "The session is over", button: again };
      case "failed": return { title: "The session failed", button: again };
      default: return null;
    }
  }
}

/** @typedef {{title: string, line?: string, button?: {text: string, act: () => void}}} Message */

/** Render the loading stages with their times, and the last one's progress. @param {View} view */
function loading({ stages }) {
  if (!stages.length) return html`<progress id="veil-progress" aria-label="Loading"></progress>`;
  const present = stages[stages.length - 1];
  return html`
    <progress id="veil-progress" max="1" aria-label="Loading"
      value=${present.fraction ?? nothing}></progress>
    <ol class="stages">
      ${stages.map((stage) => html`
        <li ?data-now=${stage === present}>
          <span>${inWords(stage.name)}</span>
          <span class="figure">${stageFigure(stage)}</span>
        </li>`)}
    </ol>`;
}

/** @param {import("./view.js").Stage} stage */
function stageFigure({ fraction, since_ms, until_ms }) {
  const share = fraction === null || until_ms !== null ? "" : `${Math.floor(fraction * 100)} %  `;
  return `${share}${seconds((until_ms ?? performance.now()) - since_ms)}`;
}

/** @param {number} ms */
function seconds(ms) {
  const s = Math.round(ms / 1000);
  return s < 60 ? `${s} s` : `${Math.floor(s / 60)} min ${s % 60} s`;
}
