// @ts-check
/** @typedef {import("./protocol.js").Codec} Codec */
/** @typedef {import("./protocol.js").Output} Output */
/** @typedef {import("./rtc.js").MediaEvents} MediaEvents */

import { PictureSender, SoundSender } from "./capture_senders.js";
import { parseBytesMessage } from "./rtc.js";

const [BYTES, VIDEO] = [0, 1]; // kinds of binary messages; the third is audio
/** Sound is played this long after it arrives, so that it has no gaps. */
const SOUND_AHEAD_S = 0.04;
/** Sound that would be played later than this is dropped, so that it stays with the picture. */
const MOST_AHEAD_S = 0.12;
/** Pictures are shown this much later if there is sound, which the browser plays later. */
const PICTURE_DELAY_MS = 70;
/** While more frames than this wait for the decoder, the server hears of no new ones. */
const MAX_WAITING = 3;

/**
 * The media of a session over its WebSocket, where UDP does not reach this page. It gives the page
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

  /**
   * Send a track for a camera or microphone input, or nothing any more.
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

/** A track that shows frames, with as little delay as the browser allows. */
class Screen {
  /** @type {MediaStreamTrack} */
  track;
  /** @type {WritableStreamDefaultWriter<VideoFrame>|null} */
  #writer = null;
  #canvas = document.createElement("canvas");
  #context = this.#canvas.getContext("2d");
  #delay_ms;
  #closed = false;

  /** @param {number} delay_ms */
  constructor(delay_ms) {
    this.#delay_ms = delay_ms;
    const Generator = /** @type {any} */ (globalThis).MediaStreamTrackGenerator; // Chromium only
    if (Generator) {
      this.track = new Generator({ kind: "video" });
      this.#writer = /** @type {any} */ (this.track).writable.getWriter();
    } else {
      this.track = this.#canvas.captureStream().getVideoTracks()[0];
    }
  }

  /** @param {VideoFrame|ImageBitmap} picture @param {number} timestamp_us */
  show(picture, timestamp_us) {
    if (this.#delay_ms) setTimeout(() => this.#show(picture, timestamp_us), this.#delay_ms);
    else this.#show(picture, timestamp_us);
  }

  /** @param {VideoFrame|ImageBitmap} picture @param {number} timestamp_us */
  #show(picture, timestamp_us) {
    if (this.#closed) return picture.close();
    if (!this.#writer) {
      const [width, height] = picture instanceof ImageBitmap
        ? [picture.width, picture.height] : [picture.displayWidth, picture.displayHeight];
      if (this.#canvas.width !== width) this.#canvas.width = width;
      if (this.#canvas.height !== height) this.#canvas.height = height;
      this.#context?.drawImage(picture, 0, 0);
      return picture.close();
    }
    if ((this.#writer.desiredSize ?? 0) <= 0) return picture.close(); // nothing shows the track
    if (picture instanceof ImageBitmap) {
      this.#writer.write(new VideoFrame(picture, { timestamp: timestamp_us }));
      return picture.close();
    }
    this.#writer.write(picture);
  }

  close() {
    this.#closed = true;
    this.track.stop();
  }
}

/** Decodes and shows the frames of one video output. */
class Picture {
  #screen;
  #codec;
  #got;
  #failed;
  /** @type {VideoDecoder|null} */
  #decoder = null;
  #newest = -1;

  /**
   * @param {Screen} screen
   * @param {Codec} codec
   * @param {(frame: number) => void} got
   * @param {() => void} failed the browser cannot decode the video
   */
  constructor(screen, codec, got, failed) {
    this.#screen = screen;
    this.#codec = codec;
    this.#got = got;
    this.#failed = failed;
  }

  get track() {
    return this.#screen.track;
  }

  /**
   * @param {number} number
   * @param {number} rtp
   * @param {boolean} keyframe
   * @param {Uint8Array<ArrayBuffer>} data
   */
  put(number, rtp, keyframe, data) {
    this.#newest = number;
    if (keyframe) this.#decoder ??= this.#open(data);
    try {
      const type = keyframe ? "key" : "delta";
      this.#decoder?.decode(new EncodedVideoChunk({ type, timestamp: microseconds(rtp), data }));
    } catch { // the decoder was closed after an error
      return this.#failed();
    }
    this.#acknowledge();
  }

  close() {
    if (this.#decoder?.state !== "closed") this.#decoder?.close();
    this.#screen.close();
  }

  #acknowledge() {
    if ((this.#decoder?.decodeQueueSize ?? 0) <= MAX_WAITING) this.#got(this.#newest);
  }

  /** @param {Uint8Array} keyframe */
  #open(keyframe) {
    const decoder = new VideoDecoder({
      output: (frame) => this.#screen.show(frame, frame.timestamp),
      error: () => this.#failed(),
    });
    decoder.ondequeue = () => this.#acknowledge();
    const codec = this.#codec === "VP8" ? "vp8" : h264Name(keyframe);
    decoder.configure({ codec, optimizeForLatency: true });
    return decoder;
  }
}

/** Shows the JPEG pictures of one video output, for browsers without a decoder for scripts. */
class JpegPicture {
  #screen;
  #got;
  #newest = -1;

  /** @param {Screen} screen @param {(frame: number) => void} got */
  constructor(screen, got) {
    this.#screen = screen;
    this.#got = got;
  }

  get track() {
    return this.#screen.track;
  }

  /**
   * @param {number} number
   * @param {number} rtp
   * @param {boolean} keyframe
   * @param {Uint8Array<ArrayBuffer>} data
   */
  async put(number, rtp, keyframe, data) {
    const blob = new Blob([data], { type: "image/jpeg" });
    const picture = await createImageBitmap(blob).catch(() => null); // null: it is damaged
    this.#got(number);
    if (!picture) return;
    if (number < this.#newest) return picture.close(); // a later frame was decoded first
    this.#newest = number;
    this.#screen.show(picture, microseconds(rtp));
  }

  close() {
    this.#screen.close();
  }
}

/** Plays the samples of one audio output without gaps. */
class Sound {
  #context;
  #destination;
  #channels;
  #end_s = 0;

  /** @param {number} sample_rate_hz @param {number} channels */
  constructor(sample_rate_hz, channels) {
    this.#context = new AudioContext({ sampleRate: sample_rate_hz });
    this.#destination = this.#context.createMediaStreamDestination();
    this.#channels = channels;
  }

  get track() {
    return this.#destination.stream.getAudioTracks()[0];
  }

  /** @param {Int16Array} samples interleaved */
  play(samples) {
    if (this.#context.state === "suspended") this.#context.resume(); // it waits for a gesture
    const count = samples.length / this.#channels;
    const buffer = this.#context.createBuffer(this.#channels, count, this.#context.sampleRate);
    for (let channel = 0; channel < this.#channels; channel += 1) {
      const values = buffer.getChannelData(channel);
      for (let index = 0; index < count; index += 1) {
        values[index] = samples[index * this.#channels + channel] / 32768;
      }
    }
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#destination);
    const now_s = this.#context.currentTime;
    if (this.#end_s > now_s + MOST_AHEAD_S) return; // it came late, in a bunch: catch up
    if (this.#end_s < now_s) this.#end_s = now_s + SOUND_AHEAD_S; // the first samples, or a gap
    source.start(this.#end_s);
    this.#end_s += buffer.duration;
  }

  close() {
    this.#context.close();
  }
}

/** Convert an RTP timestamp (1/90,000 s). @param {number} rtp */
function microseconds(rtp) {
  return Math.round(rtp / 0.09);
}

/**
 * Return the WebCodecs name of an H.264 stream: profile, constraints and level follow the header of
 * the sequence parameter set, NAL unit type 7.
 * @param {Uint8Array} keyframe in Annex B form
 */
function h264Name(keyframe) {
  for (let index = 0; index + 6 < keyframe.length; index += 1) {
    const start = keyframe[index] === 0 && keyframe[index + 1] === 0 && keyframe[index + 2] === 1;
    if (start && (keyframe[index + 3] & 31) === 7) {
      const bytes = [...keyframe.subarray(index + 4, index + 7)];
      return `avc1.${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    }
  }
  return "avc1.42e01f";
}
