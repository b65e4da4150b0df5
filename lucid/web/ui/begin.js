// @ts-check
/** @typedef {import("./player.js").LucidPlayer} LucidPlayer */

import { begin } from "../client/starts.js";
import { isLive } from "./view.js";

/**
 * Begin a start, now or as soon as the world runs.
 * @param {LucidPlayer} player
 * @param {import("../client/starts.js").Start} start
 */
export async function chooseStart(player, start) {
  const { session, view } = player;
  const plays = isLive(view) && view.open;
  player.set({ start: plays ? null : start, first: false });
  try {
    if (session && plays) await begin(session, start);
  } catch (error) {
    player.report(error, Object.keys(start.inputs)[0]);
  }
}

/** Begin the start that the player chose before the world ran. @param {LucidPlayer} player */
export function beginChosen(player) {
  const { start, open } = player.view;
  if (start && isLive(player.view) && open) chooseStart(player, start);
}
