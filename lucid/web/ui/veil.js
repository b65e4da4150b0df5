// @ts-check
/** @typedef {import("./player.js").LucidPlayer} LucidPlayer */
/** @typedef {import("./view.js").View} View */

import { t } from "../client/texts.js";
import { inWords } from "../client/words.js";
import { html, nothing } from "../vendor/lit.js";
import { errorCard } from "./notices.js";
import { goesBack, isBriefCut, isSilent, statusText, thinking_s } from "./view.js";

/**
 * Render the veil, which covers the picture while no session runs.
 * @param {View} view
 * @param {LucidPlayer} player
 */
export function veil(view, player) {
  const message = words(view);
  if (!message) return nothing;
  const { title, line = "", button } = message;
  if (view.state === "queued" && view.pictured) {
    return html`<div id="queue" role="status"><h2 id="veil-title">${title}</h2>
      <p id="veil-line">${line}</p>${chosen(view, player)}</div>`;
  }
  return html`
    <div id="veil">
      ${view.state === "loading" || view.state === "connecting" || view.state === "ready"
        ? html`<i class="spinner" aria-hidden="true"></i>` : nothing}
      <h2 id="veil-title">${title}</h2>
      ${line ? html`<p id="veil-line">${line}</p>` : nothing}
      ${chosen(view, player)}
      ${view.state === "loading" ? loading(view) : nothing}
      ${view.error && view.error.code !== "session.turn" ? html`<div role="alert">${errorCard(view.error, player)}</div>` : nothing}
      ${button ? html`<div class="beside">
        <button id="restart" type="button" class="primary" @click=${button.act}>${button.text}</button>
        ${reloads(view) ? html`<button id="reload" type="button"
          @click=${() => player.reload()}>${t`Reload the model`}</button>` : nothing}
      </div>` : nothing}
      ${view.state === "failed" && view.log ? logEnd(view.log) : nothing}
    </div>`;

  /** @param {View} view @returns {Message|null} */
  function words({ state, retry_s, hello }) {
    const again = { text: t`Play again`, act: () => player.restart() };
    switch (state) {
      case "connecting": return { title: t`Connecting` };
      case "queued": return {
        title: queueTitle(view),
        line: [view.pictured ? t`You are watching the player.` : t`Someone else is playing.`,
          waitText(view), t`Your turn starts by itself.`].join(" "),
      };
      case "loading": return { title: hello ? t`Loading ${hello.manifest.model.name}` : t`Loading` };
      case "ready": return { title: t`Starting` };
      case "disconnected": return isBriefCut(view) ? null : {
        title: t`Connection lost`,
        line: hello?.resume_token
          ? t`Trying again in ${retry_s} s. The server keeps your session for 30 s.`
          : t`Trying again in ${retry_s} s.`,
        button: { text: t`Try now`, act: () => player.retryNow() },
      };
      case "ended": return view.error?.code === "session.turn" ? {
        title: t`Your turn is over`,
        line: t`Others were waiting. You can wait for your next turn.`,
        button: { ...again, text: t`Join the queue` },
      } : { title: t`The session is over`, button: again };
      case "failed": return {
        title: failureTitle(view),
        button: DEAD_LINK.includes(view.error?.code ?? "") ? undefined : again,
      };
      default: return null;
    }
  }
}

/** Render the start that was chosen before the world runs. @param {View} view @param {LucidPlayer} player */
function chosen({ start }, player) {
  return start ? html`<p id="chosen">${t`Your start: ${start.name}`}
    <button type="button" class="link" @click=${() => player.set({ first: true })}>${t`Change`}</button></p>` : nothing;
}

/** Return what the first screen says about the wait for the world. @param {View} view */
export function waitLine(view) {
  if (view.state !== "queued") return statusText(view);
  return `${queueTitle(view)}. ${waitText(view)}`;
}

/** @param {View} view */
function queueTitle({ position }) {
  return position === 1 ? t`You are next` : t`You are number ${position} in the queue`;
}

/** @param {View} view */
function waitText({ wait_ends_ms }) {
  if (wait_ends_ms === null) return "";
  const minutes = Math.ceil((wait_ends_ms - performance.now()) / 60_000);
  return minutes > 1 ? t`About ${minutes} min.` : t`Less than a minute.`;
}

/** Errors of a link that will never work again. */
const DEAD_LINK = ["session.unknown", "session.removed"];

/** @param {View} view */
function failureTitle({ error }) {
  switch (error?.code) {
    case "model.load": case "target": return t`The model could not be loaded`;
    case "model.process": case "model.rank": return t`The model stopped`;
    case "connection.refused": return t`The server does not know this address`;
    case "session.token": case "session.unknown": return t`This address is no longer valid`;
    case "session.queue_full": return t`Too many players are waiting`;
    case "session.sharing": case "session.removed": return t`You cannot join this session`;
    case "media.unreachable": return t`No picture reaches this browser`;
    default: return t`The session failed`;
  }
}

/** Return whether loading the model again may help after a failure. @param {View} view */
function reloads({ state, error, hello }) {
  return state === "failed" && hello?.role === "player"
    && ["model.load", "target", "session.failed", "session.timeout"].includes(error?.code ?? "");
}

/** Render the end of the server's log, the newest line in sight. @param {string} log */
function logEnd(log) {
  return html`<article class="card log"><details open><summary>${t`The end of the server's log`}</summary>
    <pre tabindex="0" aria-label=${t`Log`}>${log}</pre></details></article>`;
}

/** @typedef {{title: string, line?: string, button?: {text: string, act: () => void}}} Message */

/** Render the loading stages with their times, and the last one's progress. @param {View} view */
function loading({ stages }) {
  if (!stages.length) return html`<progress id="veil-progress" aria-label=${t`Loading`}></progress>`;
  const present = stages[stages.length - 1];
  return html`
    <progress id="veil-progress" max="1" aria-label=${t`Loading`}
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
function stageFigure({ fraction, since_ms, until_ms, last_s }) {
  const share = fraction === null || until_ms !== null ? "" : `${Math.floor(fraction * 100)} % \u00b7 `;
  const passed = `${share}${seconds((until_ms ?? performance.now()) - since_ms)}`;
  return until_ms !== null || last_s === null ? passed
    : t`${passed}, last time ${seconds(last_s * 1000)}`;
}

/**
 * Render what keeps a running session from showing the next frame, over the dimmed last one.
 * @param {View} view
 */
export function still(view) {
  const words = stillWords(view);
  return words ? html`<div id="still"><div role="status">
    <i class="spinner" aria-hidden="true"></i>
    <p><b>${words.title}</b>${words.line}</p>
  </div></div>` : nothing;
}

/** @param {View} view @returns {{title: string, line: string}|null} */
function stillWords(view) {
  if (isBriefCut(view)) {
    return { title: t`The connection was lost`, line: t`Your session is kept. Connecting again.` };
  }
  if (isSilent(view)) {
    return {
      title: t`The server has not answered for ${seconds(view.silent_ms)}`,
      line: t`Check the network between this device and the server.`,
    };
  }
  const waited_s = thinking_s(view);
  if (waited_s === null) return null;
  if (goesBack(view)) {
    return {
      title: t`Going back for ${seconds(waited_s * 1000)}`,
      line: t`The model makes the steps up to there again.`,
    };
  }
  const usual_ms = view.figures?.usual_ms ?? null;
  return {
    title: t`The model has been thinking for ${seconds(waited_s * 1000)}`,
    line: usual_ms === null ? t`The first step is often slow: it may compile the model.`
      : t`Usually it takes ${stepTime(usual_ms)} a frame.`,
  };
}

/** @param {number} ms */
function stepTime(ms) {
  return ms < 1000 ? t`${Math.max(1, Math.round(ms))} ms` : t`${(ms / 1000).toFixed(1)} s`;
}

/** @param {number} ms */
function seconds(ms) {
  const s = Math.round(ms / 1000);
  return s < 60 ? t`${s} s` : t`${Math.floor(s / 60)} min ${s % 60} s`;
}
