// @ts-check
/** Handles keys, pasted and dropped pictures, and clicks outside the controls of the page. */

import { isComposing, isTextField, targetOf } from "../client/keyboard.js";
import { giveImage } from "./seed.js";

/**
 * @param {import("./player.js").LucidPlayer} player
 * @param {AbortSignal} signal ends the listening
 */
export function listenToPage(player, signal) {
  player.within.addEventListener("keydown", (event) =>
    onKey(player, /** @type {KeyboardEvent} */ (event)), { signal });
  player.within.addEventListener("paste", (event) => {
    const { clipboardData } = /** @type {ClipboardEvent} */ (event);
    if (giveImage(player.renderRoot, clipboardData)) event.preventDefault();
  }, { signal });
  player.addEventListener("dragover", (event) => event.preventDefault(), { signal });
  player.addEventListener("drop", (event) => {
    event.preventDefault(); // the browser would open a file dropped outside its field
    const file = [...event.dataTransfer?.files ?? []].find(({ name }) => name.endsWith(".lucid"));
    if (file) player.takeaway.replay(file);
    else giveImage(player.renderRoot, event.dataTransfer);
  }, { signal });
  player.shadowRoot?.addEventListener("click", (event) => backToPlay(player, event), { signal });
}

/**
 * @param {import("./player.js").LucidPlayer} player
 * @param {KeyboardEvent} event
 */
function onKey(player, event) {
  if (isComposing(event)) return;
  const inField = isTextField(targetOf(event));
  if (event.code === "Escape" && inField && !player.view.dialog) {
    player.stage.focus({ preventScroll: true });
  }
  if (event.key === "?" && !inField && !player.view.dialog && player.clean === null) {
    player.set({ dialog: "help" });
  }
}

/**
 * Return the focus to the stage, so that a clicked control does not receive Space and Enter.
 * @param {import("./player.js").LucidPlayer} player
 * @param {Event} event
 */
function backToPlay(player, event) {
  const target = targetOf(event);
  const pressed = target instanceof Element && !target.closest("dialog")
    && target.closest("button, input[type=range], input[type=checkbox], input[type=file]");
  const clicked = /** @type {MouseEvent} */ (event).detail > 0;
  if (clicked && pressed) player.stage.focus({ preventScroll: true });
}
