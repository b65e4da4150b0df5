// @ts-check
/**
 * Keeps a stream of a frame a refresh in step with the display. Where frames come right before or
 * after a refresh, some refreshes have two and show one: it is missed. Well between two refreshes,
 * each has its own. A slower stream leaves room, and is as soon and as even without.
 */

const FRAMES = 6; // that are looked at before something is asked for
const SETTLED = 0.5; // how well they must agree on a place, from 0 to 1
const PLACE = 0.6; // where they should come, as a share of the time from refresh to refresh
const NEAR = 0.15; // no farther from there is well
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
   * @param {(shift_ms: number) => void} ask let frames come so much later, or earlier
   */
  constructor(video, fps, ask) {
    this.#video = video;
    this.#interval_ms = 1000 / fps;
    this.#ask = ask;
    refreshInterval().then((refresh_ms) => (this.#refresh_ms = refresh_ms));
    if ("requestVideoFrameCallback" in video) this.#watch();
  }

  close() {
    this.#closed = true;
  }

  #watch() {
    this.#video.requestVideoFrameCallback((refreshed_ms, { receiveTime }) => {
      if (this.#closed || receiveTime === undefined) return; // not every browser tells it
      this.#look(refreshed_ms, receiveTime);
      this.#watch();
    });
  }

  /**
   * @param {number} refreshed_ms when the refresh began that showed a frame
   * @param {number} received_ms when the frame's last packet came
   */
  #look(refreshed_ms, received_ms) {
    const refresh_ms = this.#refresh_ms;
    if (refresh_ms === null || Math.abs(this.#interval_ms / refresh_ms - 1) > 0.03) return;
    const angle = ((received_ms - refreshed_ms) / refresh_ms) * 2 * Math.PI;
    this.#x += Math.cos(angle);
    this.#y += Math.sin(angle);
    if (++this.#count < FRAMES) return;
    const agree = Math.hypot(this.#x, this.#y) / this.#count;
    const off = PLACE - Math.atan2(this.#y, this.#x) / (2 * Math.PI);
    this.#x = this.#y = this.#count = 0;
    const shift = off - Math.round(off); // the shorter way
    if (agree > SETTLED && Math.abs(shift) > NEAR) this.#ask(shift * refresh_ms);
  }
}

/** The time from refresh to refresh: the median over some of them. @returns {Promise<number>} */
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
