// @ts-check
/** Decode and show the outputs that come over the WebSocket: a class for each kind of output. */

/** @typedef {import("./protocol.js").Codec} Codec */

/** Sound is played this long after it arrives, so that it has no gaps. */
const SOUND_AHEAD_S = 0.04;
/** Sound that would be played later than this is dropped, so that it stays with the picture. */
const MOST_AHEAD_S = 0.12;
/** While more frames than this wait for the decoder, the page confirms no new ones. */
const MAX_WAITING = 3;

/** A track that shows frames, with as little delay as the browser allows. */
export class Screen {
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
export class Picture {
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
export class JpegPicture {
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
export class Sound {
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
    if (this.#context.state === "suspended") {
      this.#context.resume().catch(() => {}); // it waits for a gesture, and may be closed before
    }
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
