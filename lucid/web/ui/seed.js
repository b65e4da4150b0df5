// @ts-check
/** @typedef {import("../client/protocol.js").FileSpec} FileSpec */
/** @typedef {import("../client/schema.js").Argument} Argument */

import { PlayerError } from "../client/errors.js";
import { prepare } from "../client/images.js";
import { galleryUrl } from "../client/starts.js";
import { t } from "../client/texts.js";
import { inWords, sizeName } from "../client/words.js";
import { html, nothing } from "../vendor/lit.js";
import { icon } from "./icons.js";
import { Part } from "./part.js";

/**
 * A file input: choose, drop or paste a file, take a picture with the webcam, or pick an image from
 * the port's gallery or from the images sent before. It shows the current file.
 */
export class LucidSeed extends Part {
  static properties = {
    ...Part.properties, argument: { attribute: false }, label: {}, input: {},
    disabled: { attribute: false }, file: { state: true }, over: { state: true },
    camera: { state: true },
  };

  constructor() {
    super();
    /** @type {Argument} */
    this.argument;
    this.label = "";
    this.input = "";
    this.disabled = false;
    /** The current file. @type {File|null} */
    this.file = null;
    this.over = false;
    /** @type {MediaStream|null} */
    this.camera = null;
    /** @type {Map<Blob, string>} */
    this.urls = new Map();
  }

  /** @returns {FileSpec} */
  get spec() {
    return this.argument.schema.file;
  }

  connectedCallback() {
    super.connectedCallback();
    this.dataset.argument = this.argument?.name ?? "";
  }

  willUpdate() {
    this.dataset.argument = this.argument.name;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    for (const url of this.urls.values()) URL.revokeObjectURL(url);
    this.urls.clear();
    this.#stopCamera();
  }

  render() {
    const { spec, file } = this;
    const image = spec.kind === "image";
    return html`
      <div class="seed" ?data-over=${this.over} @dragover=${this.#onDragOver}
        @dragleave=${() => (this.over = false)} @drop=${this.#onDrop}>
        <label class="field drop">
          <span class="label">${this.label}</span>
          <span class="invitation">${image && file
            ? html`<img alt=${t`The sent image`} src=${this.#urlOf(file)}>` : icon("image")}<span>${file
            ? `${file.name} · ${sizeName(file.size)}` : invitation(spec)}</span></span>
          <input type="file" class="unseen" accept=${spec.mime_types.join(",") || nothing}
            @change=${this.#onPick}>
        </label>
        ${image ? this.#camera() : nothing}
        ${image ? this.#gallery() : nothing}
      </div>`;
  }

  #camera() {
    if (!navigator.mediaDevices?.getUserMedia) return nothing; // as without a secure context
    if (!this.camera) {
      return html`<button type="button" class="link" @click=${this.#startCamera}>
        ${icon("webcam")}<span>${t`Use the webcam`}</span></button>`;
    }
    return html`<video class="webcam" autoplay muted playsinline .srcObject=${this.camera}></video>
      <div class="beside">
        <button type="button" class="primary small" @click=${this.#snap}>${t`Take the picture`}</button>
        <button type="button" @click=${() => this.#stopCamera()}>${t`Cancel`}</button>
      </div>`;
  }

  #gallery() {
    const server = this.player.session?.server;
    /** @type {{name: string, url: string, seed?: Blob}[]} */
    const bundled = (this.spec.gallery ?? []).map((name) => ({
      name: inWords(name.replace(/\.[^.]*$/, "")),
      url: server ? galleryUrl(server, this.input, this.argument.name, name) : "",
    }));
    const sent = this.view.kept.seeds.map((seed, index) =>
      ({ name: t`Sent before, ${index + 1}`, url: this.#urlOf(seed), seed }));
    const all = [...bundled, ...sent];
    return all.length ? html`<div class="gallery" role="group" aria-label=${t`Gallery`}>
      ${all.map(({ name, url, seed }) => html`
        <button type="button" title=${name} aria-label=${name}
          @click=${() => (seed ? this.#useBlob(seed, name) : this.#useUrl(url, name))}>
          <img alt="" loading="lazy" src=${url}></button>`)}
    </div>` : nothing;
  }

  /** Prepare a file and send it. @param {File} file */
  async take(file) {
    try {
      this.file = await prepare(file, this.spec);
      this.dispatchEvent(new CustomEvent("lucid-edit"));
      return true;
    } catch (error) {
      this.file = null;
      this.player.report(error, this.input);
      return false;
    }
  }

  /** @param {Event} event */
  async #onPick(event) {
    const picker = /** @type {HTMLInputElement} */ (event.currentTarget);
    const [file] = picker.files ?? [];
    if (file) await this.takeNew(file);
    picker.value = "";
  }

  /** Send a file and keep it for later use. @param {File} file */
  async takeNew(file) {
    if (await this.take(file) && this.file && this.spec.kind === "image") {
      this.player.keepSeed(this.file);
    }
  }

  /** @param {string} url @param {string} name */
  async #useUrl(url, name) {
    try {
      const response = await fetch(url);
      if (!response.ok) throw new PlayerError("gallery", t`${name}: the server answered ${response.status}`);
      await this.#useBlob(await response.blob(), name);
    } catch (error) {
      this.player.report(error, this.input);
    }
  }

  /** @param {Blob} blob @param {string} name */
  #useBlob(blob, name) {
    return this.take(new File([blob], name, { type: blob.type }));
  }

  /** @param {DragEvent} event */
  #onDragOver(event) {
    event.preventDefault();
    this.over = !this.disabled;
  }

  /** @param {DragEvent} event */
  #onDrop(event) {
    event.preventDefault();
    event.stopPropagation(); // the player handles drops elsewhere
    this.over = false;
    const [file] = event.dataTransfer?.files ?? [];
    if (file && !this.disabled) this.takeNew(file);
  }

  async #startCamera() {
    try {
      const [width, height] = this.spec.size ?? [1280, 720];
      this.camera = await navigator.mediaDevices.getUserMedia({
        video: { width: { ideal: width }, height: { ideal: height } },
      });
    } catch (error) {
      const why = error instanceof DOMException ? error.message : String(error);
      this.player.report(new PlayerError("webcam", t`the webcam cannot be used: ${why}`,
        t`allow it in the browser's address bar, or upload a picture`), this.input);
    }
  }

  async #snap() {
    const video = /** @type {HTMLVideoElement} */ (this.querySelector(".webcam"));
    try {
      const frame = await createImageBitmap(video);
      this.#stopCamera();
      const canvas = new OffscreenCanvas(frame.width, frame.height);
      canvas.getContext("2d")?.drawImage(frame, 0, 0);
      const blob = await canvas.convertToBlob();
      await this.takeNew(new File([blob], "webcam.png", { type: "image/png" }));
    } catch (error) {
      const why = error instanceof DOMException ? error.message : String(error);
      this.player.report(new PlayerError("webcam", t`the webcam gave no picture: ${why}`, t`try again`),
        this.input);
    }
  }

  #stopCamera() {
    for (const track of this.camera?.getTracks() ?? []) track.stop();
    this.camera = null;
  }

  /** @param {Blob} blob */
  #urlOf(blob) {
    const url = this.urls.get(blob) ?? URL.createObjectURL(blob);
    this.urls.set(blob, url);
    return url;
  }
}

/**
 * Send the first image of a paste or a drop as the seed frame, if the model takes one.
 * @param {ParentNode} root
 * @param {DataTransfer|null} data
 */
export function giveImage(root, data) {
  const file = [...data?.files ?? []].find(({ type }) => type.startsWith("image/"));
  const seeds = /** @type {LucidSeed[]} */ ([...root.querySelectorAll("lucid-seed")]);
  const seed = seeds.find(({ spec, disabled }) => spec.kind === "image" && !disabled);
  if (!file || !seed) return false;
  seed.takeNew(file);
  return true;
}

/** @param {FileSpec} spec */
function invitation({ kind, size }) {
  const what = kind === "image" ? t`Choose, drop or paste an image` : t`Choose or drop a file`;
  return size ? t`${what}, cropped to ${size.join("×")}` : what;
}

customElements.define("lucid-seed", LucidSeed);
