// @ts-check
/** @typedef {import("./protocol.js").ServerMessage} ServerMessage */

import { PROTOCOL } from "./protocol.js";
import { t } from "./texts.js";

/** The server pings every 2 s. */
const SILENCE_MS = 10_000;
/** While more than this waits in the socket, pictures and sound are dropped. */
const MOST_WAITING_BYTES = 16 * 1024;
/** The WebSocket close code that ends the session, so that the server does not keep it. */
const LEAVING = 1000;

/** The signaling WebSocket of one session. */
export class Signaling {
  #socket;
  #watchdog = 0;
  #heard_ms = performance.now();
  #over = false;
  #onLost;

  /**
   * @param {URL} server
   * @param {{[key: string]: string}} query such as `{resume: token}`
   * @param {(message: ServerMessage) => void} onMessage
   * @param {(data: ArrayBuffer) => void} onMedia
   * @param {(reason: string) => void} onLost called once, if the socket closes without `close()`
   */
  constructor(server, query, onMessage, onMedia, onLost) {
    this.#onLost = onLost;
    const url = new URL("api/session", server);
    const parameters = { protocol: String(PROTOCOL), ...query };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    const token = server.searchParams.get("token");
    if (token) url.searchParams.set("token", token);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onmessage = ({ data }) => {
      if (this.#over) return;
      this.#watch();
      if (typeof data !== "string") return onMedia(data);
      const message = /** @type {ServerMessage} */ (JSON.parse(data));
      if (message.type === "ping") this.send({ type: "pong" });
      else onMessage(message);
    };
    this.#socket.onclose = ({ reason }) => this.#lose(reason);
    this.#watch();
  }

  get silent_ms() {
    return performance.now() - this.#heard_ms;
  }

  /** Send a message; drop a binary one while others wait. @param {object|ArrayBuffer} message */
  send(message) {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (!(message instanceof ArrayBuffer)) this.#socket.send(JSON.stringify(message));
    else if (this.#socket.bufferedAmount < MOST_WAITING_BYTES) this.#socket.send(message);
  }

  /** Close the socket as lost, so that the server keeps the session. */
  drop() {
    this.#lose(t`the media connection was lost`);
  }

  close() {
    this.#over = true;
    clearTimeout(this.#watchdog);
    this.#socket.close(LEAVING);
  }

  #watch() {
    this.#heard_ms = performance.now();
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#lose(t`the server stopped answering`), SILENCE_MS);
  }

  /** @param {string} reason */
  #lose(reason) {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#watchdog);
    this.#socket.close(4000);
    this.#onLost(reason);
  }
}

/**
 * Return why the server refuses all sockets of this page, or null. A browser hides the reason.
 * @param {URL} server
 * @returns {Promise<import("./protocol.js").WireError|null>}
 */
export async function refusal(server) {
  try {
    const answer = await fetch(new URL("api/session", server), { method: "OPTIONS" });
    if (answer.status !== 403 && answer.status !== 421) return null;
    return { code: "connection.refused", message: (await answer.text()).trim(), hint: null };
  } catch {
    return null;
  }
}

/**
 * Call this when the network changes, until the returned controller aborts.
 * @param {() => void} act
 */
export function onNetworkChange(act) {
  const listeners = new AbortController();
  const { signal } = listeners;
  const network = /** @type {any} */ (navigator).connection; // Firefox and Safari have none
  network?.addEventListener("change", act, { signal });
  addEventListener("online", act, { signal });
  return listeners;
}
