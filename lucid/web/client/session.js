// @ts-check
/** @typedef {import("./events.js").SessionEvents} SessionEvents */
/** @typedef {import("./protocol.js").Hello} Hello */
/** @typedef {import("./protocol.js").InputSpec} InputSpec */
/** @typedef {import("./protocol.js").ServerMessage} ServerMessage */
/** @typedef {import("./protocol.js").SessionState} SessionState */
/** @typedef {import("./protocol.js").WireError} WireError */

import { unreachable, wrongProtocol } from "./errors.js";
import { NOTHING, pass } from "./events.js";
import { HeldInputs } from "./held.js";
import { PROTOCOL, canConnect } from "./protocol.js";
import { Peer } from "./rtc.js";
import { capturesOf } from "./schema.js";
import { Signaling, onNetworkChange, refusal } from "./signaling.js";
import { SocketPeer } from "./socket_peer.js";
import { upload } from "./uploads.js";

/** Delays between attempts to connect. The first ones are short, for brief network failures. */
const RETRIES_S = [1, 1, 2, 4, 8, 10];
/** If WebRTC is not connected after this time, the media also comes over the socket. */
const PATIENCE_MS = 1_500;
/** The time limit for any media connection, from the moment when it is due. */
const CONNECTING_MS = 15_000;

/**
 * A session on a server. After a lost connection it reconnects and resumes if the server still
 * keeps the session. Otherwise it starts a new one.
 */
export class Session {
  /** @type {SessionState} */
  state = "loading";
  /** @type {Hello|null} */
  hello = null;
  server;
  #seat;
  #events;
  /** @type {Signaling|null} */
  #signaling = null;
  /** @type {Peer|null} */
  #peer = null;
  /** Plays over the WebSocket. @type {SocketPeer|null} */
  #socketPeer = null;
  /** The peer's offer, until it is sent. @type {Promise<string>|null} */
  #offer = null;
  /** With "auto", the media travels over WebRTC if UDP reaches this page. @type {"auto"|"socket"} */
  #wire;
  /** Whether this socket got its `hello`. */
  #greeted = false;
  /** Whether the page has asked for the media on this socket. */
  #asked = false;
  /** Listen to the network while the media comes over the socket. */
  #listeners = new AbortController();
  /** The tracks to send, by camera or microphone input. @type {Map<string, MediaStreamTrack>} */
  #captured = new Map();
  #seq = 0;
  #held = new HeldInputs((message) => this.#media?.sendHeld(message));
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
   * @param {"auto"|"socket"} [wire]
   */
  constructor(server, events, seat = {}, wire = "auto") {
    this.server = new URL(server);
    this.#wire = wire;
    this.#seat = Object.fromEntries(Object.entries(seat).filter(([, key]) => key));
    this.#events = { ...NOTHING, ...events };
    this.#connect();
  }

  /** How the media travels now, or null while it is not connected. */
  get wireInUse() {
    return this.#media && (this.#media === this.#peer ? "webrtc" : "socket");
  }

  /** Change how the media travels, also while playing. @param {"auto"|"socket"} wire */
  setWire(wire) {
    if (wire === this.#wire) return;
    this.#wire = wire;
    if (wire === "auto") return this.#tryWebRtc();
    if (!this.#peer?.open) this.#dropPeer();
    if (this.#asked) this.#useSocket();
  }

  /** How long the server has sent nothing; it pings every 2 s. */
  get silent_ms() {
    return this.#signaling?.silent_ms ?? 0;
  }

  /** Return the statistics of the media connection, or null without a connection. */
  async statistics() {
    return /** @type {RTCStatsReport|null} */ (await this.#media?.statistics() ?? null);
  }

  /** Return whether the server accepts this input in the current state. @param {InputSpec} spec */
  accepts(spec) {
    if (this.hello?.role === "spectator") return false;
    const played = this.state === "running" || (this.state === "paused" && spec.paused);
    return played && this.#media !== null;
  }

  /** @param {string} name @param {{[argument: string]: unknown}} args */
  sendInput(name, args) {
    if (!this.#media) return;
    const seq = ++this.#seq;
    if (!this.#held.change(seq, name, args)) {
      const held = this.#held.message(); // the channels have no common order: it comes first
      if (held) this.#media.send(held);
      this.#media.send({ type: "input", seq, name, args });
    }
    this.#events.sent(seq, name, args);
  }

  /**
   * Send a track for a camera or microphone input; null turns it off. The track stays the caller's,
   * who stops it.
   * @param {string} name
   * @param {MediaStreamTrack|null} track
   */
  capture(name, track) {
    if (track) this.#captured.set(name, track);
    else this.#captured.delete(name);
    this.#media?.capture(name, track);
  }

  /** @param {boolean} paused */
  setPaused(paused) {
    this.#media?.send({ type: paused ? "pause" : "resume" });
  }

  /** Ask the server to send frames later (negative: earlier). @param {number} shift_ms */
  align(shift_ms) {
    this.#media?.send({ type: "align", shift_ms });
  }

  /** Run one step of the model while the session is paused. */
  step() { this.#media?.send({ type: "step" }); }

  /** Mute or kick a guest, or renew the links. @param {import("./protocol.js").Share} message */
  share(message) { this.#signaling?.send(message); }

  /** Return the file's id, for an input. @param {string} input @param {string} parameter @param {File} file */
  upload(input, parameter, file) {
    return upload(this.server, this.hello?.session_id ?? "", input, parameter, file);
  }

  /**
   * Leave this session and start a new one; `{}` as the seat joins the queue.
   * @param {{[kind: string]: string}} seat
   */
  restart(seat = this.#seat) {
    this.#hangUp();
    this.#seat = seat;
    this.hello = null;
    this.#over = false;
    this.#connect();
  }

  /** Reconnect now; do nothing while connecting or connected. */
  retryNow() { if (!this.#over) this.#connect(); }

  close() {
    this.#over = true;
    if (this.state !== "failed") this.state = "ended";
    this.#hangUp();
  }

  /** The connection that carries the media and the inputs now. */
  get #media() {
    if (this.#peer?.open) return this.#peer;
    return this.#socketPeer?.open ? this.#socketPeer : null;
  }

  #hangUp() {
    clearTimeout(this.#timer);
    this.#signaling?.close();
    this.#forgetMedia();
  }

  #forgetMedia() {
    this.#held.stop();
    this.#dropPeer();
    this.#dropSocketPeer();
    this.#signaling = null;
    this.#asked = this.#greeted = false;
  }

  #dropPeer() {
    this.#peer?.close();
    this.#peer = this.#offer = null;
    this.#offering = false;
  }

  #dropSocketPeer() {
    this.#listeners.abort();
    this.#socketPeer?.close();
    this.#socketPeer = null;
  }

  /** Open a socket unless one is open: the server would replace the first with the second. */
  #connect() {
    if (this.#signaling) return;
    clearTimeout(this.#timer);
    const token = this.hello?.resume_token;
    const query = token ? { resume: token } : this.#seat;
    this.state = "loading";
    this.#signaling = new Signaling(this.server, query, (message) => this.#receive(message),
      (data) => this.#socketPeer?.receive(data), (reason) => this.#lose(reason));
  }

  /** @param {string} reason */
  #lose(reason) {
    if (!this.#greeted) { // a server that refuses this page will not change its mind
      refusal(this.server).then((error) => error && !this.#greeted && !this.#over && this.#end(error));
    }
    this.#forgetMedia();
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
      case "state": return this.#enter(message.state);
      case "error": return this.#onError(message);
      case "answer": return this.#accept(message);
      case "connected": return this.#playOverSocket(message.codec);
      default: return pass(message, this.#events);
    }
  }

  /** @param {WireError & {seq: number|null}} error */
  #onError(error) {
    if (error.code === "session.unknown" && this.hello?.resume_token && !this.#asked) {
      this.restart(); // the server no longer keeps the session
    } else if (!this.#greeted || (this.#socketPeer && !this.#media && error.seq === null)) {
      this.#end(error); // the server refused the session
    } else if (this.#offering && error.seq === null) {
      this.#onUnreachable(this.#peer); // it refused the offer
    } else {
      this.#events.error(error);
    }
  }

  /** @param {Hello} hello */
  #greet(hello) {
    if (hello.protocol !== PROTOCOL) {
      this.#end(wrongProtocol(hello.protocol));
      return;
    }
    this.#retries = 0;
    this.#greeted = true;
    if (!hello.resumed) this.#seq = 0;
    this.hello = hello;
    this.#held.reset(hello.manifest.inputs);
    if (this.#wire === "auto") this.#prepare(hello);
    this.#events.hello(hello);
  }

  /** @param {SessionState} state */
  #enter(state) {
    this.state = state;
    this.#events.state(state);
    if (canConnect(state) && !this.#asked) this.#ask();
    if (state === "ended" || state === "failed") this.close();
  }

  /** Ask for the media, for the first time on this socket. */
  #ask() {
    const signaling = this.#signaling;
    this.#asked = true;
    setTimeout(() => {
      if (signaling === this.#signaling && !this.#media) this.#end(unreachable());
    }, CONNECTING_MS);
    if (this.#offer) this.#send(this.#offer);
    else this.#useSocket();
  }

  /** @param {Promise<string>} offer */
  async #send(offer) {
    const peer = this.#peer;
    this.#offer = null;
    this.#offering = true;
    setTimeout(() => {
      if (peer === this.#peer && !peer?.open) this.#useSocket(true);
    }, PATIENCE_MS);
    try {
      const sdp = await offer;
      if (peer === this.#peer) this.#signaling?.send({ type: "offer", sdp });
    } catch (error) {
      console.warn("WebRTC is not available", error);
      this.#onUnreachable(peer);
    }
  }

  /** @param {import("./protocol.js").Answer} answer */
  async #accept({ sdp, tracks }) {
    const peer = this.#peer;
    this.#offering = false;
    try {
      await peer?.accept(sdp, tracks);
      if (peer === this.#peer && !this.#socketPeer) peer?.showTracks();
    } catch (error) {
      console.warn("the answer cannot be used", error);
      this.#onUnreachable(peer);
    }
  }

  /** Gather candidates while the page renders the session. @param {Hello} hello */
  #prepare(hello) {
    if (!globalThis.RTCPeerConnection) return;
    const peer = new Peer(hello.manifest.outputs, capturesOf(hello), hello.ice_servers ?? [], {
      ...this.#events,
      channel: (open) => this.#onChannel(peer, open),
      failed: () => this.#onUnreachable(peer),
      applied: (seq) => this.#held.onApplied(seq),
    });
    this.#peer = peer;
    this.#offer = peer.offer();
    this.#offer.catch(() => {}); // #send reports it when the offer is due
  }

  /** @param {Peer} peer @param {boolean} open */
  #onChannel(peer, open) {
    if (peer !== this.#peer) return;
    this.#held.forget();
    if (open && this.#socketPeer) { // it opened after the media had started over the socket
      this.#dropSocketPeer();
      peer.showTracks();
    }
    if (open) this.#capture();
    if (open || !this.#socketPeer) this.#events.channel(open);
  }

  /** Handle a peer connection that failed or was lost. @param {Peer|null} peer */
  #onUnreachable(peer) {
    if (!peer || peer !== this.#peer) return;
    if (peer.connected && !this.#socketPeer && this.hello?.resume_token) {
      this.#signaling?.drop();
      return;
    }
    this.#dropPeer();
    if (this.#socketPeer?.open === false) this.#socketPeer.ask(false);
    else if (this.#asked) this.#useSocket();
  }

  /**
   * Ask for the media over the socket. As a fallback, the server ignores this if the data channel
   * has opened meanwhile.
   */
  #useSocket(fallback = false) {
    const signaling = this.#signaling;
    if (this.#socketPeer || !signaling || !this.hello) return;
    this.#socketPeer = new SocketPeer(this.hello.manifest.outputs, capturesOf(this.hello),
      (message) => signaling.send(message), this.#events, fallback);
    this.#listeners = onNetworkChange(() => this.#tryWebRtc());
  }

  /** @param {import("./protocol.js").Codec} codec */
  #playOverSocket(codec) {
    if (!this.#socketPeer) return; // the data channel has opened meanwhile
    if (this.#peer?.open) this.#dropPeer();
    this.#held.forget();
    this.#socketPeer.accept(codec);
    this.#capture();
  }

  /** Send the tracks on a new connection. */
  #capture() {
    for (const [name, track] of this.#captured) this.#media?.capture(name, track);
  }

  /** Try WebRTC while the media comes over the socket, because the network or the choice changed. */
  #tryWebRtc() {
    if (!this.#socketPeer || this.#wire !== "auto" || !this.hello || !canConnect(this.state)) return;
    this.#dropPeer();
    this.#prepare(this.hello);
    if (this.#offer) this.#send(this.#offer);
  }

  /** @param {WireError} error */
  #end(error) {
    this.#events.error(error);
    this.#enter("failed");
  }
}
