// @ts-check
/** @typedef {import("../client/saved.js").Saved} Saved */

import { save } from "../client/recording.js";
import { dropSaved, savedBefore } from "../client/saved.js";
import { t } from "../client/texts.js";
import { html } from "../vendor/lit.js";
import { iconButton } from "./icons.js";
import { Part } from "./part.js";

/** Shows the files that were saved in this browser, and plays saved sessions. */
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
    const { items, player } = this;
    return html`
      ${items.length ? html`<ul class="saved">${items.map(({ name, blob, url }) => html`<li>
        ${blob.type.startsWith("image/") ? html`<img alt="" loading="lazy" src=${url}>`
          : html`<video controls muted playsinline preload="metadata" src=${url} aria-label=${name}></video>`}
        <div class="beside"><span>${name}</span>
          ${iconButton("download", t`Download ${name}`, () => save(URL.createObjectURL(blob), name))}
          ${iconButton("close", t`Remove ${name}`, () => dropSaved(name).then(() => this.#load()))}</div>
      </li>`)}</ul>` : html`<p class="muted">${
        t`Pictures, clips and recordings that you save appear here. They stay in this browser.`}</p>`}
      <h3>${t`A saved session`}</h3>
      <button type="button" @click=${() => player.takeaway.saveSession()}>${t`Save the session`}</button>
      <label class="own">${t`Play a .lucid file`}<input type="file" class="unseen" accept=".lucid"
        @change=${(/** @type {Event} */ event) => this.#replay(event)}></label>
      <p class="muted">${t`It plays by itself. Press a key of the world to take over.`}</p>`;
  }

  /** @param {Event} event */
  #replay(event) {
    const [file] = /** @type {HTMLInputElement} */ (event.currentTarget).files ?? [];
    if (file) this.player.takeaway.replay(file);
  }
}

customElements.define("lucid-saved", LucidSaved);
