// @ts-check
/** @typedef {import("./player.js").LucidPlayer} LucidPlayer */

import { branchesOf, capsuleUrl, clip, nameOf, record, replay, returnTo, rewind, save, screenshot, startAnew } from "../client/recording.js";
import { keepSaved } from "../client/saved.js";

/** The ending of a file's name, by its media type. @type {{[type: string]: string}} */
const ENDINGS = { "image/png": "png", "image/gif": "gif", "video/mp4": "mp4" };

/** Saves pictures, clips and recordings for the player, and plays saved sessions. */
export class Takeaway {
  #player;

  /** @param {LucidPlayer} player */
  constructor(player) {
    this.#player = player;
  }

  saveScreenshot() {
    return this.#try(async () => this.#save(await screenshot(this.#player.video)));
  }

  /** @param {Blob} blob */
  savePicture(blob) {
    return this.#try(() => this.#save(blob));
  }

  /** Save the last 30 s. @param {"mp4"|"gif"} type */
  saveClip(type) {
    return this.#try(async (session) => this.#save(await clip(session, type)));
  }

  toggleRecording() {
    const player = this.#player;
    return this.#try(async (session) => {
      const running = player.view.recording;
      if (!running) {
        return player.set({ recording: await record(session, player.video, player.view.prompt) });
      }
      player.set({ recording: null });
      const { url, name, blob } = await running.stop();
      save(blob ? URL.createObjectURL(blob) : url, name); // the server names it without the prompt
      if (blob) await keepSaved(name, blob);
    });
  }

  saveSession() {
    const { session, view } = this.#player;
    if (session) save(capsuleUrl(session), `${nameOf(session, view.prompt)}.lucid`);
  }

  /** Play a saved session. @param {Blob} file */
  replay(file) {
    this.#player.set({ dialog: null });
    return this.#try((session) => replay(session, file));
  }

  /**
   * Go back to a frame. Return false if that would replay more seconds than `most_s`: nothing is done then.
   * @param {number} frame
   * @param {number} most_s
   */
  rewind(frame, most_s) {
    this.#player.set({ went_back_ms: performance.now() });
    return this.#try(async (session) => {
      const branches = await rewind(session, frame, most_s);
      if (branches) this.#wentTo(branches, frame);
      return branches !== null;
    });
  }

  /** Start the world anew, in the same session. */
  startAnew() {
    return this.#try(async (session) => this.#wentTo(await startAnew(session), -1));
  }

  /** @param {import("../client/film.js").Film["branches"][0]} branch */
  returnTo({ number, frames, shots }) {
    this.#player.set({ went_back_ms: performance.now() });
    return this.#try(async (session) => this.#wentTo(await returnTo(session, number), frames - 1, shots));
  }

  /** Read the branches of a session that this page has not played from its start. */
  readBranches() {
    return this.#try(async (session) => {
      const { film } = this.#player;
      if (film && !film.branches.length) film.branches = (await branchesOf(session)).map((one) => ({ ...one, shots: [] }));
      this.#player.set({});
    });
  }

  /** @param {Parameters<import("../client/film.js").Film["goTo"]>} where */
  #wentTo(...where) {
    this.#player.film?.goTo(...where);
    this.#player.set({});
  }

  /**
   * Do this if there is a session, and show its error. Return its result.
   * @template T
   * @param {(session: import("../client/session.js").Session) => T} act
   */
  async #try(act) {
    const { session } = this.#player;
    try {
      if (session) return await act(session);
    } catch (error) {
      this.#player.report(error);
    }
  }

  /** Save a file, and keep it for the gallery. @param {Blob} blob */
  async #save(blob) {
    const { session, view } = this.#player;
    if (!session) return;
    const ending = ENDINGS[blob.type] ?? "jpg";
    const name = `${nameOf(session, view.prompt)}.${ending}`;
    save(URL.createObjectURL(blob), name);
    await keepSaved(name, blob);
  }
}
