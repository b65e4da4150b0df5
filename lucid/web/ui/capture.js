// @ts-check
/** @typedef {import("../client/protocol.js").CaptureSpec} CaptureSpec */

import { PlayerError } from "../client/errors.js";
import { t } from "../client/texts.js";
import { html, nothing } from "../vendor/lit.js";
import { Part } from "./part.js";

/**
 * The switch of a camera or microphone input. The page asks for the device when the player turns it
 * on, and shows that it is on. Turning it off, or the end of the session, releases the device.
 */
class LucidCapture extends Part {
  static properties = {
    ...Part.properties, spec: { attribute: false }, label: {}, name: {},
    disabled: { attribute: false }, stream: { state: true }, wanted: { state: true },
  };

  constructor() {
    super();
    /** @type {CaptureSpec} */
    this.spec;
    this.label = "";
    this.name = "";
    this.disabled = false;
    /** The stream that is sent now. @type {MediaStream|null} */
    this.stream = null;
    /** Whether the switch is on; the browser may still ask the player. */
    this.wanted = false;
  }

  willUpdate() {
    const over = this.view.state === "ended" || this.view.state === "failed";
    if (over && this.wanted) this.#turnOff();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#turnOff();
  }

  render() {
    const { spec, stream, label } = this;
    const usable = Boolean(navigator.mediaDevices?.getUserMedia); // only in a secure context
    return html`
      <label class="field toggle"><span class="label">${label}</span>
        <input type="checkbox" role="switch" .checked=${this.wanted}
          ?disabled=${!usable || (this.disabled && !this.wanted)} @change=${this.#onChange}></label>
      ${stream && spec.kind === "camera" ? html`<video class="webcam" autoplay muted playsinline
        aria-label=${t`What the camera sends`} .srcObject=${stream}></video>` : nothing}
      <p class="muted" role="status">${usable ? this.#status()
        : t`The browser offers cameras and microphones only over HTTPS, or on the server's own machine.`}</p>`;
  }

  #status() {
    const camera = this.spec.kind === "camera";
    if (this.stream && camera) return t`The camera is on: the model gets what it sees.`;
    if (this.stream) return t`The microphone is on: the model gets what it hears.`;
    if (this.wanted) return t`Waiting for the browser's permission`;
    return camera ? t`The camera is off.` : t`The microphone is off.`;
  }

  /** @param {Event} event */
  #onChange(event) {
    if (/** @type {HTMLInputElement} */ (event.currentTarget).checked) this.#turnOn();
    else this.#turnOff();
  }

  async #turnOn() {
    const { kind } = this.spec;
    this.wanted = true;
    try {
      const stream = await navigator.mediaDevices.getUserMedia(wish(this.spec));
      const [track] = stream.getTracks();
      if (!this.wanted || !this.isConnected) return track.stop();
      track.onended = () => {
        this.#turnOff();
        this.#report(kind === "camera" ? t`the camera has stopped` : t`the microphone has stopped`,
          t`connect it again, then turn it on`);
      };
      this.stream = stream;
      this.player.session?.capture(this.name, track);
      this.#tell(true);
    } catch (error) {
      this.#turnOff();
      const why = error instanceof DOMException ? error.message : String(error);
      this.#report(kind === "camera" ? t`the camera cannot be used: ${why}`
        : t`the microphone cannot be used: ${why}`, t`allow it in the browser's address bar`);
    }
  }

  #turnOff() {
    this.wanted = false;
    for (const track of this.stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    if (!this.stream) return;
    this.stream = null;
    this.player.session?.capture(this.name, null);
    this.#tell(false);
  }

  /** Tell the page, which shows what is on beside the world's name. @param {boolean} on */
  #tell(on) {
    const others = this.player.view.capturing.filter((kind) => kind !== this.spec.kind);
    this.player.set({ capturing: on ? [...others, this.spec.kind] : others });
  }

  /** @param {string} message @param {string} hint */
  #report(message, hint) {
    this.player.report(new PlayerError(this.spec.kind, message, hint));
  }
}

/** Return the constraints for the browser. @param {CaptureSpec} spec */
function wish(spec) {
  if (spec.kind === "microphone") return { audio: { channelCount: { ideal: 1 } } };
  const [width, height] = spec.size;
  return { video: { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: 30 } } };
}

customElements.define("lucid-capture", LucidCapture);
