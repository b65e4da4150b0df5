// @ts-check

/** The media elements of the outputs and their tracks, and whether they are muted. */
export class Media {
  /** @type {Map<string, HTMLMediaElement>} */
  #elements = new Map();
  /** @type {Map<string, MediaStreamTrack>} */
  #tracks = new Map();
  #onMuted;

  /** @param {(muted: boolean|null) => void} onMuted */
  constructor(onMuted) {
    this.#onMuted = onMuted;
  }

  /**
   * Add the element of an output, before or after its track arrives.
   * @param {string} output
   * @param {HTMLMediaElement} element
   */
  add(output, element) {
    this.#elements.set(output, element);
    const track = this.#tracks.get(output);
    if (track) this.attach(output, track);
  }

  /** @param {string} from @param {string} to */
  rename(from, to) {
    const element = this.#elements.get(from);
    if (element) this.#elements.set(to, element);
  }

  /**
   * @param {string} output
   * @param {MediaStreamTrack} track
   */
  attach(output, track) {
    this.#tracks.set(output, track);
    if (track.kind === "audio" && !this.#elements.has(output)) {
      this.#elements.set(output, new Audio());
      this.#onMuted(false);
    }
    const element = this.#elements.get(output);
    if (!element) return;
    element.srcObject = new MediaStream([track]);
    // Most browsers refuse sound before a gesture. Mute it: the button can then unmute it.
    element.play().catch((error) => error.name === "NotAllowedError" && this.mute(true));
  }

  /** @param {boolean} muted */
  mute(muted) {
    for (const element of this.#elements.values()) {
      if (!(element instanceof HTMLAudioElement)) continue;
      element.muted = muted;
      element.play().catch(() => {}); // allowed: it is muted, or the user clicked
    }
    this.#onMuted(muted);
  }
}
