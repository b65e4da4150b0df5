// @ts-check
/** Encode the track of a camera or a microphone into messages for the WebSocket. */

/** @typedef {(message: object|ArrayBuffer) => void} Send */

const INTERVAL_MS = 1000 / 30;
/** Less than the server's limit for a message, 128 KiB. */
const MOST_BYTES = 120 * 1024;
const [BEST_QUALITY, LEAST_QUALITY] = [0.8, 0.3];
/** Samples in one message: a power of two. */
const BLOCK = 512;

/** Sends the newest picture of a camera as JPEG, cropped and resized. */
export class PictureSender {
  #name;
  #send;
  #video = document.createElement("video");
  #canvas = document.createElement("canvas");
  #quality = BEST_QUALITY;
  #busy = false;
  #timer;

  /**
   * @param {string} name of the input
   * @param {MediaStreamTrack} track
   * @param {[number, number]} size width and height
   * @param {Send} send
   */
  constructor(name, track, [width, height], send) {
    this.#name = name;
    this.#send = send;
    Object.assign(this.#canvas, { width, height });
    Object.assign(this.#video, { muted: true, playsInline: true, srcObject: new MediaStream([track]) });
    this.#video.play().catch(() => {}); // it was closed
    this.#timer = setInterval(() => this.#take(), INTERVAL_MS);
  }

  close() {
    clearInterval(this.#timer);
    this.#video.srcObject = null;
  }

  #take() {
    const { videoWidth, videoHeight } = this.#video;
    if (this.#busy || !videoWidth) return;
    const { width, height } = this.#canvas;
    const scale = Math.max(width / videoWidth, height / videoHeight);
    const [wide, high] = [videoWidth * scale, videoHeight * scale];
    this.#canvas.getContext("2d")?.drawImage(this.#video, (width - wide) / 2, (height - high) / 2,
      wide, high);
    const taken_ms = performance.now();
    this.#busy = true;
    this.#canvas.toBlob(async (blob) => {
      if (blob && blob.size <= MOST_BYTES) {
        this.#send(packet(this.#name, taken_ms, new Uint8Array(await blob.arrayBuffer())));
      } else {
        this.#quality = Math.max(LEAST_QUALITY, this.#quality - 0.1);
      }
      this.#busy = false;
    }, "image/jpeg", this.#quality);
  }
}

/** Sends the sound of a microphone as 16-bit samples at the rate that the input declares. */
export class SoundSender {
  #context;
  #processor;

  /**
   * @param {string} name of the input
   * @param {MediaStreamTrack} track
   * @param {number} sample_rate_hz
   * @param {Send} send
   */
  constructor(name, track, sample_rate_hz, send) {
    this.#context = new AudioContext({ sampleRate: sample_rate_hz });
    // A worklet needs a file of its own, which the content policy of an embedding page may refuse.
    this.#processor = this.#context.createScriptProcessor(BLOCK, 1, 1);
    this.#processor.onaudioprocess = ({ inputBuffer }) => {
      const samples = Int16Array.from(inputBuffer.getChannelData(0),
        (value) => Math.round(Math.max(-1, Math.min(1, value)) * 32767));
      const started_ms = performance.now() - 1000 * BLOCK / sample_rate_hz;
      send(packet(name, started_ms, new Uint8Array(samples.buffer)));
    };
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(this.#processor);
    this.#processor.connect(this.#context.destination); // silent; without it, nothing is processed
  }

  close() {
    this.#processor.onaudioprocess = null;
    this.#context.close();
  }
}

/**
 * Return a message: u8 name length, name, f64 ts_ms (little endian), payload.
 * @param {string} name
 * @param {number} ts_ms
 * @param {Uint8Array} payload
 */
function packet(name, ts_ms, payload) {
  const encoded = new TextEncoder().encode(name);
  const message = new Uint8Array(1 + encoded.length + 8 + payload.length);
  message[0] = encoded.length;
  message.set(encoded, 1);
  new DataView(message.buffer).setFloat64(1 + encoded.length, ts_ms, true);
  message.set(payload, 9 + encoded.length);
  return message.buffer;
}
