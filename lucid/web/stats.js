// @ts-check

const WINDOW_MS = 1000;

/**
 * @typedef {object} FrameStats
 * @property {number|null} fps null until it is known
 * @property {number} width of the picture as it arrives, 0 before the first frame
 * @property {number} height
 */

/**
 * Counts the frames that a video really shows, once a second.
 * @param {HTMLVideoElement} video
 * @param {(stats: FrameStats) => void} show
 */
export function measureFrames(video, show) {
  let frames = 0;
  let since_ms = performance.now();
  const count = () => {
    frames += 1;
    video.requestVideoFrameCallback(count);
  };
  const counts = "requestVideoFrameCallback" in video;
  if (counts) count();
  setInterval(() => {
    const now_ms = performance.now();
    const fps = counts ? (frames * 1000) / (now_ms - since_ms) : null;
    [frames, since_ms] = [0, now_ms];
    show({ fps, width: video.videoWidth, height: video.videoHeight });
  }, WINDOW_MS);
}
