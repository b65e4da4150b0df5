// @ts-check
/** @typedef {import("./protocol.js").ServerMessage} ServerMessage */

import { PROTOCOL } from "./protocol.js";

/** The server pings every 2 s. */
const SILENCE_MS = 10_000;

/** The signaling WebSocket of one session: the session lives as long as it does. */
export class Signaling {
  #socket;
  #watchdog = 0;
  #over = false;
  #onLost;

  /**
   * @param {(message: ServerMessage) => void} onMessage
   * @param {(reason: string) => void} onLost once, when it closes without `close()`
   */
  constructor(onMessage, onLost) {
    this.#onLost = onLost;
    const url = new URL(`api/session?protocol=${PROTOCOL}`, document.baseURI);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.#socket = new WebSocket(url);
    this.#socket.onmessage = ({ data }) => {
      if (this.#over) return;
      this.#watch();
      const message = /** @type {ServerMessage} */ (JSON.parse(data));
      if (message.type === "ping") this.send({ type: "pong" });
      else onMessage(message);
    };
    this.#socket.onclose = ({ reason }) => this.#lose(reason);
    this.#watch();
  }

  /** @param {{type: "offer", sdp: string} | {type: "pong"}} message */
  send(message) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  close() {
    this.#over = true;
    clearTimeout(this.#watchdog);
    this.#socket.close();
  }

  #watch() {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#lose("the server went silent"), SILENCE_MS);
  }

  /** @param {string} reason */
  #lose(reason) {
    if (this.#over) return;
    this.close();
    this.#onLost(reason);
  }
}
