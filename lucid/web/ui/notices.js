// @ts-check
/** @typedef {import("../client/protocol.js").WireError} WireError */
/** @typedef {import("./player.js").LucidPlayer} LucidPlayer */
/** @typedef {import("./view.js").View["notices"]} Notices */

import { html, nothing } from "../vendor/lit.js";
import { icon, iconButton } from "./icons.js";
import { Part } from "./part.js";
import { reportText } from "./report.js";

const MOST = 3;

/**
 * Add a non-fatal error to the notices: the newest three are kept, and equal errors are counted.
 * @param {Notices} notices
 * @param {WireError} error
 * @returns {Notices}
 */
export function added(notices, error) {
  const known = notices.find((notice) => keyOf(notice.error) === keyOf(error));
  if (!known) return [...notices, { error, count: 1 }].slice(-MOST);
  return notices.map((one) => (one === known ? { error, count: one.count + 1 } : one));
}

/**
 * @param {Notices} notices
 * @param {WireError} error
 */
export function removed(notices, error) {
  return notices.filter((notice) => keyOf(notice.error) !== keyOf(error));
}

/** @param {WireError} error */
function keyOf({ code, message, hint }) {
  return JSON.stringify([code, message, hint]);
}

/**
 * Render an error with its hint and a button that copies a report.
 * @param {WireError} error
 * @param {LucidPlayer} player
 */
export function errorCard(error, player) {
  const { code, message, hint } = error;
  return html`
    <article class="card" data-error-code=${code}>
      <p class="message">${message}</p>
      ${hint ? html`<p class="next">${hint}</p>` : nothing}
      <p class="code"><code>${code}</code>
        <button type="button" class="link" @click=${(/** @type {Event} */ event) =>
          copy(reportText(error, player), /** @type {HTMLElement} */ (event.currentTarget))}>
          ${icon("copy")}<span>Copy report</span></button></p>
    </article>`;
}

/**
 * Copy a text. Without a secure context there is no clipboard: show the text selected instead.
 * @param {string} text
 * @param {HTMLElement} button
 */
export async function copy(text, button) {
  const label = /** @type {HTMLElement} */ (button.querySelector("span") ?? button);
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(text);
    label.textContent = "Copied";
    setTimeout(() => (label.textContent = before), 1500);
  } catch {
    const box = document.createElement("textarea");
    box.className = "report";
    box.readOnly = true;
    box.value = text;
    box.setAttribute("aria-label", "To copy");
    button.closest("article, section, dialog")?.append(box);
    box.select();
  }
}

class LucidNotices extends Part {
  render() {
    const { player, view } = this;
    return html`<div id="notices" role="log" aria-live="assertive" aria-label="Errors">
      ${view.notices.map(({ error, count }) => html`
        <div class="notice">
          ${errorCard(error, player)}
          ${count > 1 ? html`<span class="count">×${count}</span>` : nothing}
          ${iconButton("close", "Dismiss", () =>
            player.set({ notices: removed(player.view.notices, error) }))}
        </div>`)}
    </div>`;
  }
}

customElements.define("lucid-notices", LucidNotices);
