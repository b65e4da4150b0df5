// @ts-check
import { get, set } from "../vendor/idb-keyval.js";

/** What the player saved, newest first. @typedef {{name: string, blob: Blob}} Saved */

const KEY = "lucid-saved";
const MOST = 24;

/** @returns {Promise<Saved[]>} */
export async function savedBefore() {
  return (await get(KEY).catch(() => null)) ?? []; // the browser may deny storage
}

/**
 * Keep a file in this browser, and drop the oldest ones if there are too many.
 * @param {string} name
 * @param {Blob} blob
 */
export async function keepSaved(name, blob) {
  const others = (await savedBefore()).filter((one) => one.name !== name);
  await set(KEY, [{ name, blob }, ...others].slice(0, MOST)).catch(() => {});
}

/** @param {string} name */
export async function dropSaved(name) {
  await set(KEY, (await savedBefore()).filter((one) => one.name !== name)).catch(() => {});
}
