// @ts-check
import { PlayerError } from "./errors.js";
import { t } from "./texts.js";
import { serverUrl } from "./uploads.js";

/** @typedef {import("./session.js").Session} Session */

/** Larger recordings are downloaded, but not kept in the browser. */
const MOST_KEPT_BYTES = 64 * 1024 * 1024;
const BROWSER_TYPES = ["video/mp4;codecs=avc1", "video/webm;codecs=vp9", "video/webm"];

/**
 * A running recording. `stop()` returns its file.
 * @typedef {object} Recording
 * @property {"server"|"browser"} where
 * @property {number} since_ms
 * @property {() => Promise<{url: string, name: string, blob: Blob|null}>} stop without a blob, if it
 *   is large
 */

/**
 * Record a session on the server, which has every frame of the model. If the server cannot record,
 * record the received video in the browser.
 * @param {Session} session
 * @param {HTMLVideoElement} video
 * @param {string} prompt the last one
 * @returns {Promise<Recording>}
 */
export async function record(session, video, prompt) {
  const url = serverUrl(session.server, "api", "sessions", id(session), "recording");
  const response = await fetch(url, { method: "POST" }).catch(() => null);
  if (response?.ok) return onServer(session, url, prompt);
  if (response && response.status !== 501) throw await refusal(response);
  return inBrowser(video, nameOf(session, prompt));
}

/**
 * @param {Session} session
 * @param {URL} url
 * @param {string} prompt
 * @returns {Recording}
 */
function onServer(session, url, prompt) {
  return {
    where: "server",
    since_ms: performance.now(),
    stop: async () => {
      const response = await fetch(url, { method: "DELETE" });
      if (!response.ok) throw await refusal(response);
      const { file, size_bytes } = await response.json();
      const { href } = serverUrl(session.server, "api", "recordings", file);
      const blob = size_bytes > MOST_KEPT_BYTES ? null : await (await fetch(href)).blob();
      return { url: href, name: `${nameOf(session, prompt)}.mp4`, blob };
    },
  };
}

/**
 * @param {HTMLVideoElement} video
 * @param {string} name
 * @returns {Recording}
 */
function inBrowser(video, name) {
  const type = BROWSER_TYPES.find((one) => globalThis.MediaRecorder?.isTypeSupported(one));
  if (!type || !(video.srcObject instanceof MediaStream)) {
    throw new PlayerError("recording", t`neither the server nor this browser can record the session`,
      t`run \`pip install "lucid-runtime[serve]"\` on the server`);
  }
  const recorder = new MediaRecorder(video.srcObject, { mimeType: type });
  /** @type {Blob[]} */
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  recorder.start(1000);
  return {
    where: "browser",
    since_ms: performance.now(),
    stop: () => new Promise((resolve) => {
      recorder.onstop = () => {
        const blob = new Blob(parts, { type });
        const ending = type.includes("mp4") ? "mp4" : "webm";
        resolve({ url: URL.createObjectURL(blob), name: `${name}.${ending}`, blob });
      };
      recorder.stop();
    }),
  };
}

/**
 * Return the current frame as a PNG, in the size in which it was received.
 * @param {HTMLVideoElement} video
 * @returns {Promise<Blob>}
 */
export function screenshot(video) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => blob
    ? resolve(blob)
    : reject(new PlayerError("screenshot", t`there is no picture yet`, t`wait for the first frame`))));
}

/** Return the URL of a session as a `.lucid` file. @param {Session} session */
export function capsuleUrl(session) {
  return serverUrl(session.server, "api", "sessions", id(session), "capsule.lucid").href;
}

/**
 * Play a saved session, until the player sends an input.
 * @param {Session} session
 * @param {Blob} file
 */
export function replay(session, file) {
  return post(serverUrl(session.server, "api", "sessions", id(session), "replay"), file);
}

/**
 * A part of the session that was left. `start` is the index of the frame at which it parts from
 * what is played now, and `frames` the number of frames until its end.
 * @typedef {{number: number, start: number, frames: number, start_s: number, length_s: number}} Branch
 */

/**
 * Go back to a frame of this session, and go on from there. What came after it becomes a branch.
 * @param {Session} session
 * @param {number} frame its index
 * @param {number} most_s do nothing if the server would replay more seconds of play than this
 * @returns {Promise<Branch[]|null>} the branches that there are then, the new one last; null if nothing was done
 */
export async function rewind(session, frame, most_s) {
  const url = serverUrl(session.server, "api", "sessions", id(session), "rewind", String(frame));
  if (most_s < Infinity) url.searchParams.set("most_s", String(most_s));
  const response = await post(url);
  return response.status === 204 ? null : response.json();
}

/**
 * Start this session anew. What was played becomes a branch.
 * @param {Session} session
 * @returns {Promise<Branch[]>} as `rewind` does
 */
export async function startAnew(session) {
  return (await post(serverUrl(session.server, "api", "sessions", id(session), "restart"))).json();
}

/**
 * Go on from the end of a branch. What is played now becomes a branch.
 * @param {Session} session
 * @param {number} number
 * @returns {Promise<Branch[]>} as `rewind` does
 */
export async function returnTo(session, number) {
  const url = serverUrl(session.server, "api", "sessions", id(session), "branches", String(number));
  return (await post(url)).json();
}

/** @param {Session} session @returns {Promise<Branch[]>} */
export async function branchesOf(session) {
  const response = await fetch(serverUrl(session.server, "api", "sessions", id(session), "branches"));
  return response.ok ? response.json() : [];
}

/** @param {URL} url @param {Blob} [body] */
async function post(url, body) {
  const response = await fetch(url, { method: "POST", body });
  if (!response.ok) throw await refusal(response);
  return response;
}

/**
 * Cut a clip of the last 30 s on the server.
 * @param {Session} session
 * @param {"mp4"|"gif"} type
 * @returns {Promise<Blob>} the file
 */
export async function clip(session, type) {
  const url = serverUrl(session.server, "api", "sessions", id(session), "clip");
  const response = await fetch(url, { method: "POST" });
  if (!response.ok) throw await refusal(response);
  const { file } = await response.json();
  const made = serverUrl(session.server, "api", "recordings", file);
  if (type === "gif") made.searchParams.set("gif", "1");
  const answer = await fetch(made);
  if (!answer.ok) throw await refusal(answer);
  return answer.blob();
}

/**
 * Return a file name made of the model's name, the time and the last prompt.
 * @param {Session} session
 * @param {string} [prompt]
 */
export function nameOf(session, prompt = "") {
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-").replace("T", "_");
  const words = prompt.toLowerCase().match(/[\p{L}\p{N}]+/gu)?.join("-").slice(0, 40);
  return [session.hello?.manifest.model.name ?? "lucid", time, words].filter(Boolean).join("_");
}

/**
 * Download a file with the browser.
 * @param {string} url
 * @param {string} name
 */
export function save(url, name) {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  if (url.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** @param {Session} session */
function id(session) {
  return session.hello?.session_id ?? "";
}

/** @param {Response} response */
async function refusal(response) {
  const { error } = await response.json().catch(() => ({}));
  return new PlayerError(error?.code ?? "recording",
    error?.message ?? t`the server answered ${response.status}`, error?.hint ?? null);
}
