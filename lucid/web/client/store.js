// @ts-check
import { get, set } from "../vendor/idb-keyval.js";

/**
 * What a player has set up for one model, and what was tried there.
 * @typedef {object} Kept
 * @property {"smooth"|"pixelated"} scaling
 * @property {number} sensitivity
 * @property {boolean} invertY
 * @property {import("./bindings.js").Bound[]|null} bindings
 * @property {boolean} overlay show the controls over the picture
 * @property {boolean} panel show the panel beside the picture
 * @property {string[]} prompts newest first
 * @property {Blob[]} seeds images that were sent, newest first
 */

/** @returns {Kept} */
export function defaults() {
  return {
    scaling: "smooth", sensitivity: 1, invertY: false, bindings: null, overlay: true, panel: true,
    prompts: [], seeds: [],
  };
}

/**
 * @param {string} model
 * @returns {Promise<Kept>}
 */
export async function load(model) {
  const kept = await get(keyOf(model)).catch(() => undefined); // a private window may have no store
  return { ...defaults(), ...kept };
}

/**
 * @param {string} model
 * @param {Kept} kept
 */
export async function keep(model, kept) {
  await set(keyOf(model), kept).catch(() => {});
}

/** @param {string} model */
function keyOf(model) {
  return `lucid:${model}`;
}
