// @ts-check
/** @typedef {import("../client/protocol.js").Output} Output */

import { labelOf, sizeName } from "../client/words.js";
import { html } from "../vendor/lit.js";
import { Part } from "./part.js";
import { Values } from "./values.js";

/** Numbers change up to 60 times a second; nobody reads them that fast. */
const DRAWN_EVERY_MS = 100;

/** An output other than the first video: another video, JSON values, or bytes. */
class LucidReadout extends Part {
  static properties = { ...Part.properties, output: { attribute: false }, value: { state: true } };

  constructor() {
    super();
    /** @type {Output} */
    this.output;
    /** @type {any} */
    this.value = undefined;
    this.values = new Values();
    this.timer = 0;
    this.url = "";
  }

  render() {
    const { output } = this;
    return html`
      <section class="readout" data-output=${output.name}>
        <h2>${labelOf(output)}</h2>
        ${output.kind === "video"
          ? html`<video autoplay muted playsinline data-output=${output.name}></video>`
          : output.kind === "json" ? this.values.render() : this.#bytes()}
      </section>`;
  }

  firstUpdated() {
    const { name, kind } = this.output;
    if (kind === "video") {
      this.player.media.add(name, /** @type {HTMLVideoElement} */ (this.querySelector("video")));
    } else {
      this.player.readouts.set(name, (value) =>
        (kind === "json" ? this.#add(value) : (this.value = value)));
    }
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  /** @param {unknown} value */
  #add(value) {
    this.values.add(value, performance.now());
    this.timer ||= setTimeout(() => {
      this.timer = 0;
      this.requestUpdate();
    }, DRAWN_EVERY_MS);
  }

  #bytes() {
    const { output, value } = this;
    if (output.kind !== "bytes" || !value) return "";
    const size = html`<span class="muted">${output.mime_type} · ${sizeName(value.length)}</span>`;
    if (!output.mime_type.startsWith("image/")) return size;
    URL.revokeObjectURL(this.url);
    this.url = URL.createObjectURL(new Blob([value], { type: output.mime_type }));
    return html`<img alt=${labelOf(output)} src=${this.url}>${size}`;
  }
}

customElements.define("lucid-readout", LucidReadout);
