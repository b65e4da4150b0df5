// @ts-check
import { get, set } from "../vendor/idb-keyval.js";

/**
 * A player's settings and history for one model.
 * @typedef {object} Kept
 * @property {"smooth"|"pixelated"} scaling
 * @property {number} sensitivity
 * @property {boolean} invertY
 * @property {import("./bindings.js").Bound[]|null} bindings
 * @property {boolean} overlay show the controls over the picture
 * @property {boolean} panel show the panel beside the picture
 * @property {boolean} tcp always send the media over the WebSocket
 * @property {string[]} prompts newest first
 * @property {Blob[]} seeds sent images, newest first
 */

/** @returns {Kept} */
export function defaults() {
  return {
    scaling: "smooth", sensitivity: 1, invertY: false, bindings: null, overlay: true, panel: true,
    tcp: false, prompts: [], seeds: [],
  };
}

/**
 * @param {string} model
 * @returns {Promise<Kept>}
 */
export async function load(model) {
  const kept = await unlessForbidden(() => get(keyOf(model)));
  return { ...defaults(), ...kept };
}

/**
 * @param {string} model
 * @param {Kept} kept
 */
export async function keep(model, kept) {
  await unlessForbidden(() => set(keyOf(model), kept));
}

/**
 * Run `use`; return undefined if the browser denies storage, as in a private window or an iframe.
 * @template T
 * @param {() => Promise<T>} use
 * @returns {Promise<T|undefined>}
 */
async function unlessForbidden(use) {
  try {
    return await use();
  } catch {
    return undefined;
  }
}

/** @param {string} model */
function keyOf(model) {
  return `lucid:${model}`;
}
