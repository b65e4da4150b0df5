// @ts-check
/** @typedef {import("./protocol.js").InputSpec} InputSpec */
/** @typedef {import("./protocol.js").Manifest} Manifest */
/** @typedef {import("./protocol.js").ServerMessage} ServerMessage */
/** @typedef {import("./protocol.js").SessionState} SessionState */
/** @typedef {import("./protocol.js").WireError} WireError */

import { toWire } from "./errors.js";
import { PROTOCOL } from "./protocol.js";
import { Peer } from "./rtc.js";
import { Signaling } from "./signaling.js";
import { upload } from "./uploads.js";

/**
 * @typedef {object} SessionEvents
 * @property {(manifest: Manifest) => void} hello
 * @property {(position: number) => void} queue
 * @property {(stage: string, fraction: number|null) => void} progress
 * @property {(state: SessionState) => void} state
 * @property {(error: WireError) => void} error
 * @property {(output: string, track: MediaStreamTrack) => void} track
 * @property {(output: string, value: unknown) => void} json
 * @property {(output: string, payload: Uint8Array<ArrayBuffer>) => void} bytes
 * @property {(open: boolean) => void} channel inputs can be sent, or not any more
 * @property {(reason: string) => void} lost the server is gone
 */

/** One session with the server, from hello to its end. */
export class Session {
  /** @type {SessionState} */
  state = "loading";
  #events;
  #signaling;
  /** @type {Manifest|null} */
  #manifest = null;
  /** @type {Peer|null} */
  #peer = null;
  #id = "";
  #seq = 0;

  /** @param {SessionEvents} events */
  constructor(events) {
    this.#events = events;
    this.#signaling = new Signaling((message) => this.#receive(message), events.lost);
  }

  /**
   * Whether the server takes this input now.
   * @param {InputSpec} spec
   */
  accepts(spec) {
    const played = this.state === "running" || (this.state === "paused" && spec.paused);
    return played && this.#peer !== null && this.#peer.open;
  }

  /**
   * @param {string} name
   * @param {{[argument: string]: unknown}} args
   */
  sendInput(name, args) {
    if (this.#peer?.open) this.#peer.send({ type: "input", seq: ++this.#seq, name, args });
  }

  /** @param {boolean} paused */
  setPaused(paused) {
    this.#peer?.send({ type: paused ? "pause" : "resume" });
  }

  /**
   * @param {string} input
   * @param {string} parameter
   * @param {File} file
   */
  upload(input, parameter, file) {
    return upload(this.#id, input, parameter, file);
  }

  close() {
    if (this.state !== "failed") this.state = "ended";
    this.#signaling.close();
    this.#peer?.close();
  }

  /** @param {ServerMessage} message */
  #receive(message) {
    switch (message.type) {
      case "hello": return this.#greet(message);
      case "queue": return this.#events.queue(message.position);
      case "progress": return this.#events.progress(message.stage, message.fraction);
      case "state": return this.#enter(message.state);
      case "error": return this.#manifest ? this.#events.error(message) : this.#end(message);
      case "answer":
        this.#peer?.accept(message.sdp, message.tracks).catch((error) => this.#fail(error));
    }
  }

  /** @param {Extract<ServerMessage, {type: "hello"}>} hello */
  #greet(hello) {
    if (hello.protocol !== PROTOCOL) {
      this.#end({
        code: "protocol",
        message: `the server speaks protocol ${hello.protocol}, this page ${PROTOCOL}`,
        hint: "reload the page",
      });
      return;
    }
    this.#id = hello.session_id;
    this.#manifest = hello.manifest;
    this.#events.hello(hello.manifest);
  }

  /** @param {SessionState} state */
  #enter(state) {
    this.state = state;
    this.#events.state(state);
    // Ready once more after a reload: the connection is there, the server starts by itself.
    if (state === "ready" && !this.#peer) this.#connect().catch((error) => this.#fail(error));
    if (state === "ended" || state === "failed") this.close();
  }

  async #connect() {
    const peer = new Peer(this.#manifest?.outputs ?? [], {
      track: this.#events.track,
      json: this.#events.json,
      bytes: this.#events.bytes,
      channel: this.#events.channel,
      failed: () => this.#end({
        code: "media.unreachable",
        message: "video cannot reach this browser: no UDP path to the server",
        hint: "allow UDP between the two, or play on the machine that serves",
      }),
    });
    this.#peer = peer;
    this.#signaling.send({ type: "offer", sdp: await peer.offer() });
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
