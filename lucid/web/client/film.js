// @ts-check

const EVERY_MS = 1_000;
const MOST = 600;
const QUALITY = 0.85;

/**
 * One picture of the past. `frame` is the index of its frame, or -1 if it is not known.
 * @typedef {{at: Date, blob: Blob, url: string, frame: number}} Shot
 */

/** One picture a second of the last ten minutes, oldest first. */
export class Film {
  /** @type {Shot[]} */
  shots = [];
  #timer;
  #output = "";
  #frame = -1;

  /**
   * @param {HTMLVideoElement} video
   * @param {() => boolean} moves whether the world moves now
   */
  constructor(video, moves) {
    this.#timer = setInterval(() => moves() && this.#take(video), EVERY_MS);
  }

  /** @param {{output: string, index: number}} receipt */
  receipt({ output, index }) {
    this.#output ||= output;
    if (output === this.#output) this.#frame = index;
  }

  close() {
    clearInterval(this.#timer);
    this.clear();
  }

  clear() {
    for (const { url } of this.shots) URL.revokeObjectURL(url);
    this.shots = [];
  }

  /** @param {HTMLVideoElement} video */
  async #take(video) {
    if (document.hidden || !video.videoWidth) return;
    const frame = this.#frame;
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    canvas.getContext("2d")?.drawImage(video, 0, 0);
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
    this.shots = [...this.shots, { at: new Date(), blob, frame, url: URL.createObjectURL(blob) }];
    if (this.shots.length > MOST) URL.revokeObjectURL(/** @type {Shot} */ (this.shots.shift()).url);
  }
}
