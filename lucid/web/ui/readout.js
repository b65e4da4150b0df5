// @ts-check
/** @typedef {import("../client/protocol.js").Output} Output */

import { labelOf, sizeName } from "../client/words.js";
import { html } from "../vendor/lit.js";
import { Part } from "./part.js";

/** An output other than the first video: another video, a JSON value, or bytes. */
class LucidReadout extends Part {
  static properties = { ...Part.properties, output: { attribute: false }, value: { state: true } };

  constructor() {
    super();
    /** @type {Output} */
    this.output;
    /** @type {any} */
    this.value = undefined;
    this.url = "";
  }

  render() {
    const { output } = this;
    return html`
      <section class="readout" data-output=${output.name}>
        <h2>${labelOf(output)}</h2>
        ${output.kind === "video"
          ? html`<video autoplay muted playsinline data-output=${output.name}></video>`
          : output.kind === "json" ? html`<pre>${jsonText(this.value)}</pre>` : this.#bytes()}
      </section>`;
  }

  firstUpdated() {
    const { name, kind } = this.output;
    if (kind === "video") {
      this.player.media.add(name, /** @type {HTMLVideoElement} */ (this.querySelector("video")));
    } else {
      this.player.readouts.set(name, (value) => (this.value = value));
    }
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

/**
 * Format a JSON value, with one line for each member of an object.
 * @param {unknown} value
 */
function jsonText(value) {
  if (value === undefined) return "";
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return JSON.stringify(value);
  }
  return Object.entries(value).map(([name, member]) => {
    const text = typeof member === "string" ? member : JSON.stringify(member);
    return `${name}  ${text}`;
  }).join("\n");
}

customElements.define("lucid-readout", LucidReadout);
