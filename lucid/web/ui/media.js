// @ts-check

/** Which element plays which track, and whether there is sound. */
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
   * An element for an output, there before its track or after it.
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
    // Sound without a gesture is refused by most browsers: then the button asks for one.
    element.play().catch((error) => error.name === "NotAllowedError" && this.mute(true));
  }

  /** @param {boolean} muted */
  mute(muted) {
    for (const element of this.#elements.values()) {
      if (!(element instanceof HTMLAudioElement)) continue;
      element.muted = muted;
      element.play().catch(() => {}); // muted, it may play; unmuted, a click led here
    }
    this.#onMuted(muted);
  }
}
