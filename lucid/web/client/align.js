// @ts-check
/**
 * Aligns frame arrival with the display's refresh when there is a whole number of refreshes per
 * frame. If frames arrive close to a refresh, small delays decide which refresh shows each of them,
 * so that frames are shown unevenly, or two fall into the same refresh and the browser drops one.
 * Frames that arrive between refreshes are all shown evenly.
 */

const FRAMES = 6; // frames measured before each request
const SETTLED = 0.5; // minimum agreement of their arrival phases, from 0 to 1
const PLACE = 0.6; // target arrival phase, as a fraction of the refresh interval
const NEAR = 0.15; // tolerated distance from the target phase
const REFRESHES = 24;

export class Alignment {
  /** @type {number|null} */
  #refresh_ms = null;
  #x = 0;
  #y = 0;
  #count = 0;
  #video;
  #interval_ms;
  #ask;
  #closed = false;

  /**
   * @param {HTMLVideoElement} video
   * @param {number} fps of its stream
   * @param {(shift_ms: number) => void} ask asks the server to delay frames (negative: advance)
   */
  constructor(video, fps, ask) {
    this.#video = video;
    this.#interval_ms = 1000 / fps;
    this.#ask = ask;
    refreshInterval().then((refresh_ms) => (this.#refresh_ms = refresh_ms));
    if ("requestVideoFrameCallback" in video) this.#watch();
  }

  /**
   * Return the alignment for a session, or null if its stream needs none.
   * @param {import("./protocol.js").Hello} hello
   * @param {HTMLVideoElement} video
   * @param {import("./session.js").Session} session
   */
  static of({ role, manifest: { outputs } }, video, session) {
    const first = outputs.find(({ kind }) => kind === "video");
    const sounds = outputs.some(({ kind }) => kind === "audio"); // they keep the world's time steady
    return role === "player" && first?.kind === "video" && first.fps && !sounds
      ? new Alignment(video, first.fps, (shift_ms) => session.align(shift_ms)) : null;
  }

  close() {
    this.#closed = true;
  }

  #watch() {
    this.#video.requestVideoFrameCallback((refreshed_ms, { receiveTime }) => {
      if (this.#closed || receiveTime === undefined) return; // some browsers do not report it
      this.#measure(refreshed_ms, receiveTime);
      this.#watch();
    });
  }

  /**
   * @param {number} refreshed_ms start of the refresh that showed the frame
   * @param {number} received_ms arrival of the frame's last packet
   */
  #measure(refreshed_ms, received_ms) {
    const refresh_ms = this.#refresh_ms;
    if (refresh_ms === null) return;
    const refreshes = this.#interval_ms / refresh_ms;
    const whole = Math.max(1, Math.round(refreshes));
    if (Math.abs(refreshes / whole - 1) > 0.03) return;
    const angle = ((received_ms - refreshed_ms) / refresh_ms) * 2 * Math.PI;
    this.#x += Math.cos(angle);
    this.#y += Math.sin(angle);
    if (++this.#count < FRAMES) return;
    const agree = Math.hypot(this.#x, this.#y) / this.#count;
    const off = PLACE - Math.atan2(this.#y, this.#x) / (2 * Math.PI);
    this.#x = this.#y = this.#count = 0;
    const shift = off - Math.round(off); // the shorter direction
    if (agree > SETTLED && Math.abs(shift) > NEAR) this.#ask(shift * refresh_ms);
  }
}

/** Measure the median interval between refreshes, in ms. @returns {Promise<number>} */
function refreshInterval() {
  return new Promise((resolve) => {
    /** @type {number[]} */
    const times_ms = [];
    const look = (/** @type {number} */ now_ms) => {
      times_ms.push(now_ms);
      if (times_ms.length <= REFRESHES) return requestAnimationFrame(look);
      const steps = times_ms.slice(1).map((time, index) => time - times_ms[index]);
      resolve(steps.sort((a, b) => a - b)[REFRESHES >> 1]);
    };
    requestAnimationFrame(look);
  });
}
