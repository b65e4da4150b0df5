// @ts-check
/** @typedef {import("./protocol.js").Output} Output */
/** @typedef {import("./protocol.js").BytesOutput} BytesOutput */

import { byId, el } from "./dom.js";
import { labelOf, sizeName } from "./words.js";

/** What the world sends: the first video large, others as tiles, sound, and live readouts. */
export class Outputs {
  /** @type {HTMLVideoElement} */
  main = byId("main-video");
  /** @type {Map<string, HTMLMediaElement>} */
  #media = new Map();
  /** @type {HTMLAudioElement[]} */
  #sounds = [];
  /** @type {Map<string, (value: any) => void>} */
  #readouts = new Map();
  #soundButton = byId("sound");

  /** @param {Output[]} outputs */
  constructor(outputs) {
    byId("tiles").replaceChildren();
    byId("readouts").replaceChildren();
    for (const output of outputs) this.#add(output);
    this.#soundButton.hidden = this.#sounds.length === 0;
    this.#soundButton.onclick = () => this.#setMuted(!this.#muted);
    this.#showSound();
  }

  close() {
    for (const media of this.#media.values()) media.srcObject = null;
  }

  /**
   * @param {string} name
   * @param {MediaStreamTrack} track
   */
  attach(name, track) {
    const media = this.#media.get(name);
    if (!media) return;
    media.srcObject = new MediaStream([track]);
    // Sound without a gesture is refused by most browsers: then the button asks for one.
    media.play().catch((error) => error.name === "NotAllowedError" && this.#setMuted(true));
  }

  /**
   * A json or bytes output has a new value.
   * @param {string} name
   * @param {unknown} value
   */
  show(name, value) {
    this.#readouts.get(name)?.(value);
  }

  /** @param {Output} output */
  #add(output) {
    if (output.kind === "video") this.#addVideo(output);
    else if (output.kind === "audio") this.#addSound(output.name);
    else this.#addReadout(output);
  }

  /** @param {import("./protocol.js").VideoOutput} output */
  #addVideo(output) {
    const ratio = `${output.width} / ${output.height}`;
    if (![...this.#media.values()].includes(this.main)) {
      this.main.setAttribute("data-output", output.name);
      byId("stage").style.setProperty("--ratio", ratio);
      this.#media.set(output.name, this.main);
      return;
    }
    const video = el("video", {
      autoplay: true, muted: true, playsInline: true, "data-output": output.name,
    });
    video.style.aspectRatio = ratio;
    this.#media.set(output.name, video);
    byId("tiles").append(el("figure", {}, video, el("figcaption", {}, labelOf(output))));
  }

  /** @param {string} name */
  #addSound(name) {
    const audio = new Audio();
    this.#sounds.push(audio);
    this.#media.set(name, audio);
  }

  /** @param {import("./protocol.js").JsonOutput|BytesOutput} output */
  #addReadout(output) {
    const body = output.kind === "json" ? el("pre") : el("div", { className: "muted" });
    const section = el("section", { className: "readout", "data-output": output.name },
      el("h2", {}, labelOf(output)), body);
    byId("readouts").append(section);
    this.#readouts.set(output.name, output.kind === "json"
      ? (value) => (body.textContent = jsonText(value))
      : bytesReadout(output, body));
  }

  get #muted() {
    return this.#sounds.some(({ muted }) => muted);
  }

  /** @param {boolean} muted */
  #setMuted(muted) {
    for (const sound of this.#sounds) {
      sound.muted = muted;
      sound.play().catch(() => {}); // muted, it may play; unmuted, a click led here
    }
    this.#showSound();
  }

  #showSound() {
    this.#soundButton.textContent = this.#muted ? "Unmute" : "Mute";
  }
}

/**
 * @param {BytesOutput} output
 * @param {HTMLElement} body
 */
function bytesReadout({ mime_type }, body) {
  const size = el("span");
  const image = mime_type.startsWith("image/") ? el("img", { alt: "" }) : null;
  body.replaceChildren(...(image ? [image] : []), size);
  return (/** @type {Uint8Array<ArrayBuffer>} */ payload) => {
    size.textContent = `${mime_type} · ${sizeName(payload.length)}`;
    if (!image) return;
    URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(new Blob([payload], { type: mime_type }));
  };
}

/**
 * One line for each member of an object.
 * @param {unknown} value
 */
function jsonText(value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return JSON.stringify(value);
  }
  return Object.entries(value).map(([name, member]) => {
    const text = typeof member === "string" ? member : JSON.stringify(member);
    return `${name}  ${text}`;
  }).join("\n");
}
