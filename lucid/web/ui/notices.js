// @ts-check
/** @typedef {import("../client/protocol.js").WireError} WireError */
/** @typedef {import("./player.js").LucidPlayer} LucidPlayer */

import { t } from "../client/texts.js";
import { labelOf } from "../client/words.js";
import { html, nothing } from "../vendor/lit.js";
import { icon, iconButton } from "./icons.js";
import { Part } from "./part.js";
import { reportText } from "./report.js";
import { formsOf, showsPanel } from "./view.js";

const MOST = 3;

/**
 * An error that does not end the session. If it names an input, it disappears when that input is
 * sent again.
 * @typedef {{error: WireError, count: number, input: string|null}} Notice
 */

/**
 * Add an error to the notices: the newest three are kept, and equal errors are counted. An input has
 * only its last error.
 * @param {Notice[]} notices
 * @param {WireError} error
 * @param {string|null} input
 * @returns {Notice[]}
 */
export function added(notices, error, input) {
  const known = notices.find((notice) => keyOf(notice.error) === keyOf(error));
  const count = (known?.count ?? 0) + 1;
  const others = notices.filter((one) => one !== known && (input === null || one.input !== input));
  return [...others, { error, count, input }].slice(-MOST);
}

/**
 * @param {Notice[]} notices
 * @param {WireError} error
 */
export function removed(notices, error) {
  return notices.filter((notice) => keyOf(notice.error) !== keyOf(error));
}

/** @param {WireError} error */
function keyOf({ code, message, hint }) {
  return JSON.stringify([code, message, hint]);
}

/** What the player reads instead of the server's message. @returns {{[code: string]: string}} */
const words = () => ({
  "input.queue_full": t`The model is busy, so this was not used. Try again in a moment.`,
  "input.spectator": t`You are watching. Only players can change this world.`,
});

/**
 * Return what the player reads about a refused input.
 * @param {WireError} error
 */
export function refusalText({ code, message, hint }) {
  const said = message.replace(/^input '[^']*'(?: failed)?: /, "");
  const known = words()[code];
  const text = known ?? `${said.charAt(0).toUpperCase()}${said.slice(1)}`;
  return hint && code !== "input.failed" && !known ? `${text}: ${hint}` : text;
}

/**
 * Render the error of an input beside its field.
 * @param {import("./view.js").View} view
 * @param {string} input
 */
export function refusal({ notices }, input) {
  const notice = notices.find((one) => one.input === input);
  return notice ? html`<p class="refusal" role="alert" data-error-code=${notice.error.code}>
    ${refusalText(notice.error)}</p>` : nothing;
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
      <p class="message">${withCode(message)}</p>
      ${hint ? html`<p class="next">${withCode(hint)}</p>` : nothing}
      <p class="code"><code>${code}</code>
        <button type="button" class="link" @click=${(/** @type {Event} */ event) =>
          copy(reportText(error, player), /** @type {HTMLElement} */ (event.currentTarget))}>
          ${icon("copy")}<span>${t`Copy report`}</span></button></p>
    </article>`;
}

/** Render a text whose commands are in backticks. @param {string} text */
export function withCode(text) {
  return text.split("`").map((part, index) => (index % 2 ? html`<code>${part}</code>` : part));
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
    label.textContent = t`Copied`;
    setTimeout(() => (label.textContent = before), 1500);
  } catch {
    const box = document.createElement("textarea");
    box.className = "report";
    box.readOnly = true;
    box.value = text;
    box.setAttribute("aria-label", t`Text to copy`);
    button.closest("article, section, dialog")?.append(box);
    box.select();
  }
}

/** The errors without a field, in a bar under the picture. */
class LucidNotices extends Part {
  render() {
    const { player, view } = this;
    const forms = showsPanel(view) ? formsOf(view) : [];
    const shown = view.notices.filter(({ input }) => !forms.some(({ name }) => name === input));
    return html`<div id="notices" role="log" aria-live="assertive" aria-label=${t`Errors`}>
      ${shown.map(({ error, count, input }) => html`
        <div class="notice">
          ${input === null ? errorCard(error, player) : html`<p class="card" data-error-code=${error.code}>
            ${`${this.#labelOf(input)}: ${refusalText(error)}`}</p>`}
          ${count > 1 ? html`<span class="count">×${count}</span>` : nothing}
          ${iconButton("close", t`Dismiss`, () =>
            player.set({ notices: removed(player.view.notices, error) }))}
        </div>`)}
    </div>`;
  }

  /** @param {string} input */
  #labelOf(input) {
    const spec = this.view.hello?.manifest.inputs.find(({ name }) => name === input);
    return spec ? labelOf(spec) : input;
  }
}

customElements.define("lucid-notices", LucidNotices);
