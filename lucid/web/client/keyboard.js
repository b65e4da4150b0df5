// @ts-check
/** @typedef {import("./bindings.js").Bound} Bound */
/** @typedef {import("./inputs.js").Inputs} Inputs */

import { on } from "./bindings.js";

/** @type {["ctrlKey"|"metaKey"|"altKey", string][]} */
const MODIFIERS = [["ctrlKey", "Control"], ["metaKey", "Meta"], ["altKey", "Alt"]];
const TEXT_FIELDS = "textarea, select, input:not([type=range], [type=checkbox], [type=file])";
const PRESSABLE = "button, a, summary, input";

/**
 * Keys to inputs, wherever the focus is within a part of the page, except in a text field or a dialog.
 * @param {() => Bound[]} bound
 * @param {Inputs} inputs
 * @param {{live: () => boolean, onKey: () => void, within: EventTarget, signal: AbortSignal}} options
 */
export function listenToKeys(bound, inputs, { live, onKey, within, signal }) {
  /** @param {KeyboardEvent} event */
  const onDown = (event) => {
    if (event.code.startsWith("Meta")) inputs.releaseAll("key:"); // macOS hides keyups under Meta
    const targets = on(bound(), `key:${event.code}`);
    if (!targets.length || !live() || isChord(event, bound()) || belongsTo(event)) return;
    event.preventDefault();
    if (within !== window) event.stopPropagation(); // it is no shortcut of the page around
    if (event.repeat) return;
    onKey();
    for (const { name, end } of targets) inputs.press(name, end, `key:${event.code}`);
  };
  /** @param {KeyboardEvent} event */
  const onUp = (event) => {
    if (event.code.startsWith("Meta")) inputs.releaseAll("key:");
    inputs.release(`key:${event.code}`);
  };
  within.addEventListener("keydown", /** @type {EventListener} */ (onDown), { signal });
  addEventListener("keyup", onUp, { signal });
  addEventListener("focusin", (event) => {
    if (isTextField(targetOf(event))) inputs.releaseAll("key:");
  }, { signal });
}

/**
 * Where an event happened, inside shadow roots too.
 * @param {Event} event
 */
export function targetOf(event) {
  return event.composedPath()[0] ?? null;
}

/** @param {EventTarget|null} target */
export function isTextField(target) {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches(TEXT_FIELDS);
}

/**
 * Whether the focused control uses this key itself.
 * @param {KeyboardEvent} event
 */
function belongsTo(event) {
  const target = targetOf(event);
  if (isTextField(target)) return true;
  if (!(target instanceof Element)) return false;
  if (target.closest("dialog")) return true;
  if (!target.matches(PRESSABLE)) return false;
  if (target.matches("[type=range]") && /^(Arrow|Page|Home|End)/.test(event.code)) return true;
  return ["Space", "Enter", "NumpadEnter", "Tab"].includes(event.code);
}

/**
 * Whether a modifier that no input is bound to makes this one of the browser's shortcuts.
 * @param {KeyboardEvent} event
 * @param {Bound[]} bound
 */
function isChord(event, bound) {
  return MODIFIERS.some(([flag, key]) => event[flag]
    && !on(bound, `key:${key}Left`).length && !on(bound, `key:${key}Right`).length);
}
