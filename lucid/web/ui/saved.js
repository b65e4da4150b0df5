// @ts-check
/** @typedef {import("../client/saved.js").Saved} Saved */

import { save } from "../client/recording.js";
import { dropSaved, savedBefore } from "../client/saved.js";
import { t } from "../client/texts.js";
import { html } from "../vendor/lit.js";
import { iconButton } from "./icons.js";
import { Part } from "./part.js";

/** Shows the files that were saved in this browser, and replays a saved log of inputs. */
class LucidSaved extends Part {
  static properties = { ...Part.properties, items: { state: true } };

  constructor() {
    super();
    /** @type {(Saved & {url: string})[]} */
    this.items = [];
  }

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    for (const { url } of this.items) URL.revokeObjectURL(url);
  }

  async #load() {
    for (const { url } of this.items) URL.revokeObjectURL(url);
    this.items = (await savedBefore()).map((one) => ({ ...one, url: URL.createObjectURL(one.blob) }));
  }

  render() {
    const { items, player, view } = this;
    return html`
      ${items.length ? html`<ul class="saved">${items.map(({ name, blob, url }) => html`<li>
        ${blob.type.startsWith("image/") ? html`<img alt="" loading="lazy" src=${url}>`
          : html`<video controls muted playsinline preload="metadata" src=${url} aria-label=${name}></video>`}
        <div class="beside"><span>${name}</span>
          ${iconButton("download", t`Download ${name}`, () => save(URL.createObjectURL(blob), name))}
          ${iconButton("close", t`Remove ${name}`, () => dropSaved(name).then(() => this.#load()))}</div>
      </li>`)}</ul>` : html`<p class="muted">${
        t`Pictures, clips and recordings that you save appear here. They stay in this browser.`}</p>`}
      <h3>${t`A log of inputs`}</h3>
      <button type="button" @click=${() => player.takeaway.saveLog()}>${t`Save the log of inputs`}</button>
      ${view.replaying ? html`<button type="button" @click=${() => player.takeaway.stopReplay()}>${t`Stop the replay`}</button>`
        : html`<label class="own">${t`Replay a saved log`}<input type="file" class="unseen" accept=".ndjson"
          @change=${(/** @type {Event} */ event) => this.#replay(event)}></label>
          <p class="muted">${t`The page sends the inputs again at the same times. Pictures are left out.`}</p>`}`;
  }

  /** @param {Event} event */
  async #replay(event) {
    const [file] = /** @type {HTMLInputElement} */ (event.currentTarget).files ?? [];
    if (file) this.player.takeaway.replay(await file.text());
  }
}

customElements.define("lucid-saved", LucidSaved);
