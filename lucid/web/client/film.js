// @ts-check

const EVERY_MS = 1_000;
const MOST = 600;
const QUALITY = 0.85;

/**
 * One picture of the past. `frame` is the index of its frame, or -1 if it is not known.
 * @typedef {{at: Date, blob: Blob, url: string, frame: number}} Shot
 */

/** One picture a second of the last ten minutes, oldest first, also of branches that were left. */
export class Film {
  /** @type {Shot[]} */
  shots = [];
  /** @type {(import("./recording.js").Branch & {shots: Shot[]})[]} */
  branches = [];
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
    this.#keep([], []);
  }

  /**
   * Note that the session goes on from the frame with this index, and its branches.
   * @param {import("./recording.js").Branch[]} branches
   * @param {number} frame
   * @param {Shot[]} [shots] the pictures of a branch that it returned to
   */
  goTo(branches, frame, shots = this.shots) {
    const known = this.branches;
    this.#keep(shots.filter((shot) => shot.frame <= frame), branches.map((branch) => ({
      ...branch, shots: known.find(({ number }) => number === branch.number)?.shots ?? this.shots })));
  }

  /**
   * Keep only these pictures.
   * @param {Film["shots"]} shots
   * @param {Film["branches"]} branches
   */
  #keep(shots, branches) {
    const kept = new Set([shots, ...branches.map((branch) => branch.shots)].flat());
    for (const shot of [this.shots, ...this.branches.map((branch) => branch.shots)].flat()) {
      if (!kept.has(shot)) URL.revokeObjectURL(shot.url);
    }
    [this.shots, this.branches] = [shots, branches];
  }

  /** @param {HTMLVideoElement} video */
  async #take(video) {
    if (document.hidden || !video.videoWidth) return;
    const frame = this.#frame;
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    canvas.getContext("2d")?.drawImage(video, 0, 0);
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
    const shot = { at: new Date(), blob, frame, url: URL.createObjectURL(blob) };
    this.#keep([...this.shots, shot].slice(-MOST), this.branches);
  }
}
