// @ts-check
/** @typedef {import("./protocol.js").GpuMemory} GpuMemory */
/** @typedef {import("./protocol.js").Receipt} Receipt */

const WINDOW_MS = 1000;
/** How many unmatched inputs and receipts are kept. */
const KEPT = 600;
/** How many frames are used for the usual time of the model. */
const USUAL = 100;

/**
 * The measurements of the last second; null if unknown.
 * @typedef {object} Figures
 * @property {number|null} fps frames shown
 * @property {number} idle_ms time since the last frame, or since the session began or continued
 * @property {number|null} usual_ms median model time of the last frames, also of earlier seconds
 * @property {number|null} interval_ms median time between two frames shown
 * @property {number|null} interval_p95_ms
 * @property {number|null} step_ms median model time per frame
 * @property {number|null} latency_ms median time from a sent input to its first shown frame
 * @property {number|null} bitrate_bps
 * @property {number|null} loss share of packets lost
 * @property {number|null} rtt_ms
 * @property {GpuMemory|null} gpu
 * @property {string} codec
 * @property {number} width of the received video
 * @property {number} height
 */

/** Measures, once per second, what the browser shows. */
export class Meter {
  /** @type {GpuMemory|null} */
  gpu = null;
  #video;
  #statistics;
  #show;
  /** @type {number[]} */
  #intervals_ms = [];
  #shown_ms = 0;
  /** @type {number[]} */
  #steps_ms = [];
  /** @type {number[]} */
  #usual_ms = [];
  /** When the last new frame came: a frame that the server repeats has no receipt. */
  #frame_ms = performance.now();
  /** @type {number[]} */
  #latencies_ms = [];
  /** Send times, by seq, of the inputs that no frame has shown yet. @type {Map<number, number>} */
  #sent_ms = new Map();
  /** @type {Map<number, Receipt>} */
  #receipts = new Map();
  /** Display times of frames, by RTP timestamp. @type {Map<number, number>} */
  #pictures_ms = new Map();
  #before = { bytes: 0, lost: 0, received: 0, at_ms: 0 };
  #since_ms = performance.now();
  #timer;

  /**
   * @param {HTMLVideoElement} video
   * @param {() => Promise<RTCStatsReport|null>} statistics
   * @param {(figures: Figures) => void} show
   */
  constructor(video, statistics, show) {
    this.#video = video;
    this.#statistics = statistics;
    this.#show = show;
    if ("requestVideoFrameCallback" in video) this.#watch();
    this.#timer = setInterval(() => this.#report(), WINDOW_MS);
  }

  close() {
    clearInterval(this.#timer);
  }

  /** Record that an input was sent. @param {number} seq */
  sent(seq) {
    remember(this.#sent_ms, seq, performance.now());
  }

  /** Record a receipt, which may arrive before or after its frame. @param {Receipt} receipt */
  receipt(receipt) {
    this.#steps_ms.push(receipt.step_ms);
    this.#usual_ms = [...this.#usual_ms.slice(1 - USUAL), receipt.step_ms];
    this.#frame_ms = performance.now();
    remember(this.#receipts, receipt.rtp, receipt);
    this.#match(receipt.rtp);
  }

  /** Count the time without a frame from now on. */
  wait() {
    this.#frame_ms = performance.now();
  }

  /** Forget all inputs: a new session restarts their numbering. */
  restart() {
    this.#sent_ms.clear();
    this.#receipts.clear();
    this.#pictures_ms.clear();
  }

  #watch() {
    this.#video.requestVideoFrameCallback((_, { expectedDisplayTime, rtpTimestamp, mediaTime }) => {
      if (this.#shown_ms) this.#intervals_ms.push(expectedDisplayTime - this.#shown_ms);
      this.#shown_ms = expectedDisplayTime;
      const rtp = rtpTimestamp ?? Math.round(mediaTime * 90_000); // the latter over the socket
      remember(this.#pictures_ms, rtp, expectedDisplayTime);
      this.#match(rtp);
      this.#watch();
    });
  }

  /** Match a shown frame with its input and all earlier ones. @param {number} rtp */
  #match(rtp) {
    const receipt = this.#receipts.get(rtp);
    const shown_ms = this.#pictures_ms.get(rtp);
    if (!receipt || shown_ms === undefined) return;
    this.#receipts.delete(rtp);
    this.#pictures_ms.delete(rtp);
    for (const [seq, sent_ms] of this.#sent_ms) {
      // An input that was sent after the frame was shown: the receipt is the previous session's.
      if (seq > receipt.input_seq || sent_ms > shown_ms) continue;
      this.#sent_ms.delete(seq);
      this.#latencies_ms.push(shown_ms - sent_ms);
    }
  }

  async #report() {
    const now_ms = performance.now();
    const counts = "requestVideoFrameCallback" in this.#video;
    const [intervals, steps, latencies] = [this.#intervals_ms, this.#steps_ms, this.#latencies_ms];
    [this.#intervals_ms, this.#steps_ms, this.#latencies_ms] = [[], [], []];
    const elapsed_s = (now_ms - this.#since_ms) / 1000;
    this.#since_ms = now_ms;
    const report = await this.#statistics();
    this.#show({
      fps: counts ? intervals.length / elapsed_s : null,
      idle_ms: performance.now() - this.#frame_ms,
      usual_ms: quantile(this.#usual_ms, 0.5),
      interval_ms: quantile(intervals, 0.5),
      interval_p95_ms: quantile(intervals, 0.95),
      step_ms: quantile(steps, 0.5),
      latency_ms: quantile(latencies, 0.5),
      ...this.#network(report, now_ms),
      gpu: this.gpu,
      width: this.#video.videoWidth,
      height: this.#video.videoHeight,
    });
  }

  /**
   * @param {RTCStatsReport|null} report
   * @param {number} now_ms
   */
  #network(report, now_ms) {
    const now = { bytes: 0, lost: 0, received: 0, at_ms: now_ms };
    let [codec, rtt_ms] = ["", /** @type {number|null} */ (null)];
    for (const one of report?.values() ?? []) {
      if (one.type === "inbound-rtp" && one.kind === "video") {
        now.bytes += one.bytesReceived;
        now.lost += one.packetsLost;
        now.received += one.packetsReceived;
        codec ||= report?.get(one.codecId)?.mimeType.replace("video/", "") ?? "";
      }
      if (one.type === "candidate-pair" && one.nominated && one.currentRoundTripTime !== undefined) {
        rtt_ms = one.currentRoundTripTime * 1000;
      }
    }
    const before = this.#before;
    this.#before = now;
    if (!report || now.bytes < before.bytes || !before.at_ms) {
      return { bitrate_bps: null, loss: null, rtt_ms, codec };
    }
    const packets = now.received - before.received + now.lost - before.lost;
    return {
      bitrate_bps: (now.bytes - before.bytes) * 8000 / (now_ms - before.at_ms),
      loss: packets > 0 ? Math.max(0, now.lost - before.lost) / packets : 0,
      rtt_ms,
      codec,
    };
  }
}

/**
 * Add an entry, and drop the oldest ones if there are too many.
 * @template K, V
 * @param {Map<K, V>} map
 * @param {K} key
 * @param {V} value
 */
export function remember(map, key, value) {
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= KEPT) return;
    map.delete(oldest);
  }
}

/**
 * @param {number[]} values
 * @param {number} share
 */
function quantile(values, share) {
  if (!values.length) return null;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
