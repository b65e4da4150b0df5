// @ts-check
/** @typedef {import("./protocol.js").Hello} Hello */
/** @typedef {import("./protocol.js").InputSpec} InputSpec */
/** @typedef {import("./protocol.js").ServerMessage} ServerMessage */
/** @typedef {import("./protocol.js").SessionState} SessionState */
/** @typedef {import("./protocol.js").WireError} WireError */

import { PlayerError, toWire } from "./errors.js";
import { PROTOCOL } from "./protocol.js";
import { Peer } from "./rtc.js";
import { Signaling } from "./signaling.js";
import { upload } from "./uploads.js";

/** Delays between attempts to connect. The first ones are short, for brief network failures. */
const RETRIES_S = [1, 1, 2, 4, 8, 10];
/** The time limit for the peer connection, from the moment when its offer is due. */
const CONNECTING_MS = 15_000;

/**
 * A session's callbacks. `hello` is called again when a new session replaces a lost one.
 * @typedef {object} SessionEvents
 * @property {(hello: Hello) => void} hello
 * @property {(position: number) => void} queue
 * @property {(stage: string, fraction: number|null) => void} progress
 * @property {(state: SessionState) => void} state
 * @property {(error: WireError & {seq?: number|null}) => void} error
 * @property {(output: string, track: MediaStreamTrack) => void} track
 * @property {(output: string, value: unknown) => void} json
 * @property {(output: string, payload: Uint8Array<ArrayBuffer>) => void} bytes
 * @property {(receipt: import("./protocol.js").Receipt) => void} receipt
 * @property {(memory: import("./protocol.js").GpuMemory) => void} gpu
 * @property {(seq: number, name: string, args: {[argument: string]: unknown}) => void} sent
 * @property {(open: boolean) => void} channel whether inputs can be sent now
 * @property {(reason: string, retry_s: number) => void} lost the connection, retried in `retry_s`
 */

/**
 * A session on a server. After a lost connection it reconnects and resumes if the server still
 * keeps the session. Otherwise it starts a new one.
 */
export class Session {
  /** @type {SessionState} */
  state = "loading";
  /** @type {Hello|null} */
  hello = null;
  #server;
  #seat;
  #events;
  /** @type {Signaling|null} */
  #signaling = null;
  /** @type {Peer|null} */
  #peer = null;
  /** The peer's offer, until it is sent. @type {Promise<string>|null} */
  #offer = null;
  #seq = 0;
  #retries = 0;
  #timer = 0;
  /** Whether the offer was sent and its answer has not arrived. */
  #offering = false;
  #over = false;

  /**
   * @param {string|URL} server the address that `lucid serve` printed
   * @param {Partial<SessionEvents>} events
   * @param {{watch?: string, play?: string}} [seat] the key of another session, to watch it or to
   *   join as a guest
   */
  constructor(server, events, seat = {}) {
    this.#server = new URL(server);
    this.#seat = Object.fromEntries(Object.entries(seat).filter(([, key]) => key));
    this.#events = { ...NOTHING, ...events };
    this.#connect();
  }

  get server() {
    return this.#server;
  }

  /** Return the statistics of the peer connection, or null without a connection. */
  async statistics() {
    return this.#peer ? this.#peer.statistics() : null;
  }

  /**
   * Return whether the server accepts this input in the current state.
   * @param {InputSpec} spec
   */
  accepts(spec) {
    if (this.hello?.role === "spectator") return false;
    const played = this.state === "running" || (this.state === "paused" && spec.paused);
    return played && this.#peer !== null && this.#peer.open;
  }

  /**
   * @param {string} name
   * @param {{[argument: string]: unknown}} args
   */
  sendInput(name, args) {
    if (!this.#peer?.open) return;
    this.#peer.send({ type: "input", seq: ++this.#seq, name, args });
    this.#events.sent(this.#seq, name, args);
  }

  /** @param {boolean} paused */
  setPaused(paused) {
    this.#peer?.send({ type: paused ? "pause" : "resume" });
  }

  /** Ask the server to send frames later (negative: earlier). @param {number} shift_ms */
  align(shift_ms) {
    this.#peer?.send({ type: "align", shift_ms });
  }

  /** Run one step of the model while the session is paused. */
  step() {
    this.#peer?.send({ type: "step" });
  }

  /**
   * @param {string} input
   * @param {string} parameter
   * @param {File} file
   * @returns {Promise<string>} the file's id, for the input's arguments
   */
  upload(input, parameter, file) {
    return upload(this.#server, this.hello?.session_id ?? "", input, parameter, file);
  }

  /** Leave this session and start a new one. */
  restart() {
    this.#hangUp();
    this.hello = null;
    this.#over = false;
    this.#connect();
  }

  /** Reconnect now; do nothing while connecting or connected. */
  retryNow() {
    if (!this.#over) this.#connect();
  }

  close() {
    this.#over = true;
    if (this.state !== "failed") this.state = "ended";
    this.#hangUp();
  }

  #hangUp() {
    clearTimeout(this.#timer);
    this.#signaling?.close();
    this.#forgetPeer();
  }

  #forgetPeer() {
    this.#peer?.close();
    this.#signaling = this.#peer = this.#offer = null;
    this.#offering = false;
  }

  /** Open a socket unless one is open: the server would replace the first with the second. */
  #connect() {
    if (this.#signaling) return;
    clearTimeout(this.#timer);
    const token = this.hello?.resume_token;
    const query = token ? { resume: token } : this.#seat;
    this.state = "loading";
    this.#signaling = new Signaling(this.#server, query, (message) => this.#receive(message),
      (reason) => this.#lose(reason));
  }

  /** @param {string} reason */
  #lose(reason) {
    this.#forgetPeer();
    this.state = "loading";
    this.#events.channel(false);
    const retry_s = RETRIES_S[Math.min(this.#retries, RETRIES_S.length - 1)];
    this.#retries += 1;
    this.#timer = setTimeout(() => this.#connect(), retry_s * 1000);
    this.#events.lost(reason, retry_s);
  }

  /** @param {ServerMessage} message */
  #receive(message) {
    switch (message.type) {
      case "hello": return this.#greet(message);
      case "queue": return this.#events.queue(message.position);
      case "progress": return this.#events.progress(message.stage, message.fraction);
      case "gpu": return this.#events.gpu(message);
      case "state": return this.#enter(message.state);
      case "error": return this.#onError(message);
      case "answer":
        this.#accept(message);
    }
  }

  /** @param {WireError & {seq: number|null}} error */
  #onError(error) {
    if (error.code === "session.unknown" && this.hello?.resume_token && !this.#peer) {
      this.restart(); // the server no longer keeps the session
    } else if (this.hello && !(this.#offering && error.seq === null)) {
      this.#events.error(error);
    } else {
      this.#end(error); // the server refused the session or the offer
    }
  }

  /** @param {Hello} hello */
  #greet(hello) {
    if (hello.protocol !== PROTOCOL) {
      this.#end({
        code: "protocol",
        message: `the server uses protocol ${hello.protocol}, this page uses protocol ${PROTOCOL}`,
        hint: "reload the page",
      });
      return;
    }
    this.#retries = 0;
    if (!hello.resumed) this.#seq = 0;
    this.hello = hello;
    this.#offer = this.#prepare(hello);
    this.#offer.catch(() => {}); // #send reports it when the offer is due
    this.#events.hello(hello);
  }

  /** @param {SessionState} state */
  #enter(state) {
    this.state = state;
    this.#events.state(state);
    const offers = state === "ready" || state === "running" || state === "paused";
    if (offers && this.#offer) this.#send(this.#offer);
    if (state === "ended" || state === "failed") this.close();
  }

  /** @param {Promise<string>} offer */
  async #send(offer) {
    const peer = this.#peer;
    this.#offer = null;
    this.#offering = true;
    setTimeout(() => peer?.connected || this.#onUnreachable(peer), CONNECTING_MS);
    try {
      const sdp = await offer;
      if (peer === this.#peer) this.#signaling?.send({ type: "offer", sdp });
    } catch (error) {
      if (peer === this.#peer) this.#fail(error);
    }
  }

  /** @param {import("./protocol.js").Answer} answer */
  async #accept({ sdp, tracks }) {
    const peer = this.#peer;
    this.#offering = false;
    try {
      await peer?.accept(sdp, tracks);
    } catch (error) {
      if (peer === this.#peer) this.#fail(error);
    }
  }

  /** Gather candidates while the page renders the session. @param {Hello} hello */
  async #prepare(hello) {
    if (!globalThis.RTCPeerConnection) {
      throw new PlayerError("browser", "this browser cannot receive the video: WebRTC is missing",
        "enable WebRTC in the browser's settings, or use another browser");
    }
    const peer = new Peer(hello.manifest.outputs, {
      track: this.#events.track,
      json: this.#events.json,
      bytes: this.#events.bytes,
      receipt: this.#events.receipt,
      channel: this.#events.channel,
      failed: () => this.#onUnreachable(peer),
    });
    this.#peer = peer;
    return peer.offer();
  }

  /** Handle a failed or lost peer connection. @param {Peer|null} peer */
  #onUnreachable(peer) {
    if (!peer || peer !== this.#peer) return;
    if (peer.connected && this.hello?.resume_token) {
      this.#signaling?.drop();
      return;
    }
    this.#end({
      code: "media.unreachable",
      message: "the video cannot reach this browser: there is no UDP path to the server",
      hint: "allow UDP between this browser and the server, or play on the server's machine",
    });
  }

  /** @param {unknown} error */
  #fail(error) {
    if (this.state !== "ended" && this.state !== "failed") this.#end(toWire(error));
  }

  /** @param {WireError} error */
  #end(error) {
    this.#events.error(error);
    this.#enter("failed");
  }
}

const ignore = () => {};

/** @type {SessionEvents} */
const NOTHING = {
  hello: ignore, queue: ignore, progress: ignore, state: ignore, error: ignore, track: ignore,
  json: ignore, bytes: ignore, receipt: ignore, gpu: ignore, sent: ignore, channel: ignore,
  lost: ignore,
};
