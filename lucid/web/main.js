// @ts-check
/** @typedef {import("./protocol.js").WireError} WireError */

import { Controls } from "./controls.js";
import { byId } from "./dom.js";
import { toWire } from "./errors.js";
import { isLocked } from "./mouse.js";
import { Notices } from "./notices.js";
import { Outputs } from "./outputs.js";
import { Session } from "./session.js";
import { render } from "./stage.js";
import { measureFrames } from "./stats.js";

const LONGEST_RETRY_S = 10;

/** The page: one session after another, shown and played. */
class Player {
  #notices = new Notices();
  #stage = byId("stage");
  /** @type {Session|null} */
  #session = null;
  /** @type {Controls|null} */
  #controls = null;
  /** @type {Outputs|null} */
  #outputs = null;
  /** @type {import("./stage.js").View} */
  #view = fresh();
  /** The error that is the reason if the session ends next. @type {WireError|null} */
  #lastError = null;
  #retries = 0;
  #timer = 0;

  constructor() {
    const video = /** @type {HTMLVideoElement} */ (byId("main-video"));
    video.addEventListener("loadeddata", () => this.#update({ pictured: true }));
    measureFrames(video, (stats) => this.#showStats(stats));
    document.addEventListener("pointerlockchange", () =>
      this.#update({ locked: isLocked(this.#stage) }));
    byId("pause").addEventListener("click", () =>
      this.#session?.setPaused(this.#view.state === "running"));
    byId("restart").addEventListener("click", () => this.start());
    document.addEventListener("click", (event) => this.#backToPlay(event));
    keepDroppedFiles();
  }

  /** Open a fresh session in place of the present one. */
  start() {
    clearInterval(this.#timer);
    this.#controls?.close();
    this.#outputs?.close();
    this.#session?.close();
    this.#lastError = null;
    this.#view = fresh();
    this.#update({});
    /** @type {Session} */
    const session = new Session({
      hello: (manifest) => this.#build(manifest, session),
      queue: (position) => this.#update({ state: "queued", position }),
      progress: (stage, fraction) => this.#update({ progress: { stage, fraction } }),
      state: (state) => this.#enter(state),
      error: (error) => this.#report(error),
      track: (output, track) => this.#outputs?.attach(output, track),
      json: (output, value) => this.#outputs?.show(output, value),
      bytes: (output, payload) => this.#outputs?.show(output, payload),
      channel: (open) => this.#controls?.connected(open),
      lost: (reason) => this.#retry(reason),
    });
    this.#session = session;
  }

  /**
   * @param {import("./protocol.js").Manifest} manifest
   * @param {Session} session
   */
  #build(manifest, session) {
    this.#retries = 0;
    this.#notices.clear();
    document.title = manifest.model.name;
    byId("title").textContent = manifest.model.name;
    byId("title").title = manifest.model.description;
    this.#outputs = new Outputs(manifest.outputs);
    this.#controls = new Controls(manifest, session, (error) => this.#notices.show(toWire(error)));
    this.#update({ locks: this.#controls.locks });
  }

  /** @param {import("./protocol.js").SessionState} state */
  #enter(state) {
    const error = state === "failed" || state === "ended" ? this.#lastError : null;
    if (error) this.#notices.remove(error); // the stage shows it
    this.#update({ state, error });
    this.#controls?.refresh();
  }

  /** @param {WireError & {seq?: number|null}} error */
  #report(error) {
    // Sent before the page heard of the pause; its controls show by now that it is paused.
    if (error.code === "input.paused") return;
    if (typeof error.seq !== "number") this.#lastError = error;
    this.#notices.show(error);
  }

  /** @param {string} reason */
  #retry(reason) {
    this.#session?.close();
    this.#controls?.close();
    this.#controls?.refresh();
    let retry_s = Math.min(2 ** this.#retries, LONGEST_RETRY_S);
    this.#retries += 1;
    const error = {
      code: "connection.lost",
      message: reason || "The server does not answer",
      hint: "if this goes on: is `lucid serve` still running? Open the address that it prints",
    };
    this.#update({ state: "disconnected", error, retry_s });
    this.#timer = setInterval(() => {
      retry_s -= 1;
      if (retry_s > 0) this.#update({ retry_s });
      else this.start();
    }, 1000);
  }

  /** @param {Partial<import("./stage.js").View>} change */
  #update(change) {
    this.#view = { ...this.#view, ...change };
    render(this.#view);
  }

  /** @param {import("./stats.js").FrameStats} stats */
  #showStats({ fps, width, height }) {
    const playing = this.#view.state === "running" && this.#view.pictured;
    byId("fps").textContent = playing && fps !== null ? `${Math.round(fps)} fps` : "";
    byId("resolution").textContent = playing ? `${width}×${height}` : "";
  }

  /**
   * A control that was clicked must not keep Space and Enter from the player.
   * @param {MouseEvent} event
   */
  #backToPlay({ detail, target }) {
    const pressed = target instanceof Element
      && target.closest("button, input[type=range], input[type=checkbox], input[type=file]");
    if (detail > 0 && pressed) this.#stage.focus({ preventScroll: true });
  }
}

/** @returns {import("./stage.js").View} */
function fresh() {
  return {
    state: "connecting", position: 0, progress: null, error: null, retry_s: 0, pictured: false,
    locks: false, locked: false,
  };
}

/** A file dropped beside its field would replace the page. */
function keepDroppedFiles() {
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => event.preventDefault());
}

new Player().start();
