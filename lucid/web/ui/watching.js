// @ts-check
/** @typedef {import("./player.js").LucidPlayer} LucidPlayer */

import { Session } from "../client/session.js";

/** Shows the session that is played to a page that waits in the queue. */
export class Watching {
  #player;
  /** @type {{key: string, session: Session}|null} */
  #watched = null;

  /** @param {LucidPlayer} player */
  constructor(player) {
    this.#player = player;
  }

  /** Watch the session of this key; null watches none. @param {string|null} key */
  watch(key) {
    if (key === (this.#watched?.key ?? null)) return;
    this.stop();
    const { session, media, wireChosen } = this.#player;
    if (!key || !session) return;
    const watched = new Session(session.server, {
      track: (output, track) => media.attach(output, track),
    }, { watch: key }, wireChosen);
    this.#watched = { key, session: watched };
  }

  stop() {
    if (!this.#watched) return;
    this.#watched.session.close();
    this.#watched = null;
    this.#player.set({ pictured: false });
  }
}
