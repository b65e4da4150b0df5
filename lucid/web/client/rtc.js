// @ts-check
/** @typedef {import("./protocol.js").Output} Output */

/** While more bytes than this wait, a message that may be lost is dropped. */
const MAX_BUFFERED = 1_024;
/** How long to wait for STUN and TURN servers. */
const GATHERING_MS = 3_000;

/**
 * What a media connection reports.
 * @typedef {object} MediaEvents
 * @property {(output: string, track: MediaStreamTrack) => void} track
 * @property {(output: string, value: unknown) => void} json
 * @property {(output: string, payload: Uint8Array<ArrayBuffer>) => void} bytes
 * @property {(receipt: import("./protocol.js").Receipt) => void} receipt
 * @property {(open: boolean) => void} channel inputs can be sent, or the server ended that
 *
 * `failed`: the connection failed or was lost; `applied`: the server has applied changes up to one.
 * @typedef {MediaEvents & {failed: () => void, applied: (seq: number) => void}} PeerEvents
 */

/** A session's peer connection, with its tracks and its data channel for control messages. */
export class Peer {
  /** Whether the connection was ever established. */
  connected = false;
  #pc;
  #channel;
  /** Carries held inputs and motion; it may lose messages, but never waits for one. */
  #heldChannel;
  #events;
  /** The output name of each track. @type {{[mid: string]: string}} */
  #names = {};
  /** The sender of each camera and microphone input. @type {Map<string, RTCRtpSender>} */
  #senders = new Map();

  /**
   * @param {Output[]} outputs
   * @param {Map<string, import("./protocol.js").CaptureSpec>} captures that this page may send
   * @param {RTCIceServer[]} iceServers
   * @param {PeerEvents} events
   */
  constructor(outputs, captures, iceServers, events) {
    this.#events = events;
    // Gather one set of candidates for all tracks: with many networks there would be too many.
    this.#pc = new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle" });
    this.#channel = this.#pc.createDataChannel("lucid");
    this.#heldChannel = this.#pc.createDataChannel("lucid-held", { ordered: false, maxRetransmits: 0 });
    for (const { kind } of outputs) {
      if (kind === "video" || kind === "audio") {
        this.#pc.addTransceiver(kind, { direction: "recvonly" });
      }
    }
    for (const [name, { kind }] of captures) {
      const line = this.#pc.addTransceiver(kind === "camera" ? "video" : "audio",
        { direction: "sendonly" });
      this.#senders.set(name, line.sender);
    }
    this.#pc.onconnectionstatechange = () => {
      if (this.#pc.connectionState === "connected") this.connected = true;
      if (this.#pc.connectionState === "failed") events.failed();
    };
    this.#channel.binaryType = "arraybuffer";
    this.#channel.onopen = () => events.channel(true);
    this.#channel.onclose = () => events.channel(false);
    this.#channel.onmessage = ({ data }) => this.#receive(data);
    this.#heldChannel.onmessage = ({ data }) => events.applied(JSON.parse(data).seq);
  }

  get open() {
    return this.#channel.readyState === "open";
  }

  /** Return an offer that includes all candidates. */
  async offer() {
    await this.#pc.setLocalDescription();
    await gathered(this.#pc);
    return /** @type {RTCSessionDescription} */ (this.#pc.localDescription).sdp;
  }

  /**
   * @param {string} sdp
   * @param {{[mid: string]: string}} tracks the output name of each track
   */
  async accept(sdp, tracks) {
    await this.#pc.setRemoteDescription({ type: "answer", sdp });
    this.#names = tracks;
  }

  /** Give the page the tracks, which replace those that it shows. */
  showTracks() {
    const lines = this.#pc.getTransceivers().filter(({ mid }) => mid !== null && mid in this.#names);
    const withSound = lines.some(({ receiver }) => receiver.track.kind === "audio");
    for (const { mid, receiver } of lines) {
      if (mid === null) continue;
      // Action latency matters more than smoothness: show each frame as soon as it arrives. With
      // sound, the browser delays the picture to match it.
      const asap = !withSound || receiver.track.kind === "audio";
      if (asap && "jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
      this.#events.track(this.#names[mid], receiver.track);
    }
  }

  statistics() {
    return this.#pc.getStats();
  }

  /**
   * Send a track for a camera or microphone input; null stops it.
   * @param {string} name
   * @param {MediaStreamTrack|null} track
   */
  capture(name, track) {
    this.#senders.get(name)?.replaceTrack(track);
    this.send({ type: "capture", name, on: track !== null });
  }

  /** @param {object} message */
  send(message) {
    if (this.open) this.#channel.send(JSON.stringify(message));
  }

  /** Send a message that may be lost. @param {object} message */
  sendHeld(message) {
    const { readyState, bufferedAmount } = this.#heldChannel;
    if (readyState === "open" && bufferedAmount < MAX_BUFFERED) this.#heldChannel.send(JSON.stringify(message));
  }

  close() {
    this.#channel.onclose = null;
    this.#pc.onconnectionstatechange = null;
    this.#pc.close();
  }

  /** @param {string|ArrayBuffer} data */
  #receive(data) {
    if (typeof data !== "string") {
      const { name, payload } = parseBytesMessage(data);
      this.#events.bytes(name, payload);
      return;
    }
    const message = JSON.parse(data);
    if (message.type === "output") this.#events.json(message.name, message.value);
    else if (message.type === "receipt") this.#events.receipt(message);
  }
}

/**
 * Parse a message of a bytes output: u8 name length, name, f64 ts_ms (little endian), payload.
 * @param {ArrayBuffer} data
 */
export function parseBytesMessage(data) {
  const nameEnd = 1 + new DataView(data).getUint8(0);
  return {
    name: new TextDecoder().decode(new Uint8Array(data, 1, nameEnd - 1)),
    payload: new Uint8Array(data, nameEnd + 8),
  };
}

/** @param {RTCPeerConnection} pc */
function gathered(pc) {
  /** @type {Promise<void>} */
  const complete = new Promise((resolve) => {
    const check = () => pc.iceGatheringState === "complete" && resolve();
    pc.onicegatheringstatechange = check;
    check();
  });
  return Promise.race([complete, new Promise((resolve) => setTimeout(resolve, GATHERING_MS))]);
}
