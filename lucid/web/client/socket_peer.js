// @ts-check
/** @typedef {import("./protocol.js").Codec} Codec */
/** @typedef {import("./protocol.js").Output} Output */
/** @typedef {import("./rtc.js").MediaEvents} MediaEvents */

import { PictureSender, SoundSender } from "./capture_senders.js";
import { parseBytesMessage } from "./rtc.js";
import { JpegPicture, Picture, Screen, Sound } from "./socket_outputs.js";

const [BYTES, VIDEO] = [0, 1]; // kinds of binary messages; the third is audio
/** Pictures are shown this much later if there is sound, which the browser plays later. */
const PICTURE_DELAY_MS = 70;

/**
 * The media of a session over its WebSocket, if UDP does not reach this page. It gives the page
 * tracks like those of a peer connection.
 */
export class SocketPeer {
  /** Whether the server agreed to send the media over the socket. */
  open = false;
  /** @type {Codec} */
  #codec = "JPEG";
  #outputs;
  #captures;
  #send;
  #events;
  /** @type {Map<string, PictureSender|SoundSender>} */
  #senders = new Map();
  /** @type {Map<string, Picture|JpegPicture>} */
  #pictures = new Map();
  /** @type {Map<string, Sound>} */
  #sounds = new Map();
  #bytes = 0;
  #frames = 0;
  #closed = false;

  /**
   * @param {Output[]} outputs
   * @param {Map<string, import("./protocol.js").CaptureSpec>} captures that this page may send
   * @param {import("./capture_senders.js").Send} send
   * @param {MediaEvents} events
   * @param {boolean} fallback whether the server ignores this if the data channel has opened
   */
  constructor(outputs, captures, send, events, fallback) {
    this.#outputs = outputs;
    this.#captures = captures;
    this.#send = send;
    this.#events = events;
    this.ask(fallback);
  }

  /** @param {Codec} codec */
  accept(codec) {
    this.#codec = codec;
    this.open = true;
    this.#events.channel(true);
  }

  /** @param {object} message */
  send(message) {
    if (this.open) this.#send(message);
  }

  /** Send a message and return true: it cannot be lost. @param {object} message */
  sendHeld(message) {
    this.send(message);
    return true;
  }

  /**
   * Send a track for a camera or microphone input; null stops it.
   * @param {string} name
   * @param {MediaStreamTrack|null} track
   */
  capture(name, track) {
    const spec = this.#captures.get(name);
    this.#senders.get(name)?.close();
    this.#senders.delete(name);
    if (!spec) return;
    this.send({ type: "capture", name, on: track !== null });
    if (!track) return;
    this.#senders.set(name, spec.kind === "camera"
      ? new PictureSender(name, track, spec.size, this.#send)
      : new SoundSender(name, track, spec.sample_rate_hz, this.#send));
  }

  /** Return statistics in the form of `RTCPeerConnection.getStats()`. */
  async statistics() {
    return new Map(Object.entries({
      video: {
        type: "inbound-rtp", kind: "video", codecId: "codec", bytesReceived: this.#bytes,
        packetsLost: 0, packetsReceived: this.#frames, framesReceived: this.#frames,
      },
      codec: { type: "codec", id: "codec", mimeType: `video/${this.#codec}` },
    }));
  }

  /** @param {ArrayBuffer} data a binary message of the server */
  receive(data) {
    if (!this.open) return;
    const kind = new DataView(data).getUint8(0);
    const named = data.slice(1);
    if (kind === BYTES) {
      const { name, payload } = parseBytesMessage(named);
      return this.#events.bytes(name, payload);
    }
    const nameEnd = 1 + new DataView(named).getUint8(0);
    const name = new TextDecoder().decode(new Uint8Array(named, 1, nameEnd - 1));
    if (kind === VIDEO) this.#show(name, named, nameEnd);
    else this.#sound(name)?.play(new Int16Array(named.slice(nameEnd)));
  }

  close() {
    this.open = false;
    this.#closed = true;
    for (const picture of this.#pictures.values()) picture.close();
    for (const sound of this.#sounds.values()) sound.close();
    for (const sender of this.#senders.values()) sender.close();
    this.#senders.clear();
    this.#pictures.clear();
    this.#sounds.clear();
  }

  /** Ask for the media, in a codec that this browser decodes. @param {boolean} fallback */
  async ask(fallback) {
    const codecs = await decodable();
    if (!this.#closed) this.#send({ type: "connect", codecs, fallback });
  }

  /**
   * @param {string} name
   * @param {ArrayBuffer} data
   * @param {number} start where the frame begins
   */
  #show(name, data, start) {
    const view = new DataView(data, start);
    const frame = view.getUint32(0, true);
    const payload = new Uint8Array(data, start + 9);
    this.#bytes += payload.length;
    this.#frames += 1;
    let picture = this.#pictures.get(name);
    if (!picture) {
      const got = (/** @type {number} */ number) => this.#send({ type: "got", frame: number });
      const screen = new Screen(this.#outputs.some(({ kind }) => kind === "audio") ? PICTURE_DELAY_MS : 0);
      picture = this.#codec === "JPEG"
        ? new JpegPicture(screen, got)
        : new Picture(screen, this.#codec, got, () => this.#useJpeg());
      this.#pictures.set(name, picture);
      this.#events.track(name, picture.track);
    }
    picture.put(frame, view.getUint32(4, true), view.getUint8(8) === 1, payload);
  }

  /** @param {string} name */
  #sound(name) {
    const output = this.#outputs.find((one) => one.name === name);
    if (output?.kind !== "audio" || !globalThis.AudioContext) return null;
    let sound = this.#sounds.get(name);
    if (!sound) {
      sound = new Sound(output.sample_rate_hz, output.channels);
      this.#sounds.set(name, sound);
      this.#events.track(name, sound.track);
    }
    return sound;
  }

  /** Start again with JPEG, because the browser's decoder failed. */
  #useJpeg() {
    if (!this.open) return;
    this.close();
    this.#closed = false;
    this.#send({ type: "connect", codecs: ["JPEG"] });
  }
}

/** Return the codecs that this browser decodes, the best first. @returns {Promise<Codec[]>} */
async function decodable() {
  /** @type {[Codec, string][]} */
  const known = [["H264", "avc1.42E01F"], ["VP8", "vp8"]];
  /** @type {Codec[]} */
  const codecs = [];
  if (globalThis.VideoDecoder) { // it exists only on https and on this machine
    for (const [name, codec] of known) {
      const { supported } = await VideoDecoder.isConfigSupported({ codec }).catch(() => ({ supported: false }));
      if (supported) codecs.push(name);
    }
  }
  return [...codecs, "JPEG"];
}
