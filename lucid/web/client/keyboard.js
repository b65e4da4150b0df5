// @ts-check
/** @typedef {import("./bindings.js").Bound} Bound */
/** @typedef {import("./inputs.js").Inputs} Inputs */

import { on } from "./bindings.js";

/** @type {["ctrlKey"|"metaKey"|"altKey"|"shiftKey", string][]} */
const MODIFIERS = [
  ["ctrlKey", "Control"], ["metaKey", "Meta"], ["altKey", "Alt"], ["shiftKey", "Shift"],
];
const TEXT_FIELDS = "textarea, select, input:not([type=range], [type=checkbox], [type=file])";
const PRESSABLE = "button, a, summary, input";
/** macOS sends keydown when Caps Lock turns on and keyup when it turns off. */
const MAC = navigator.platform.startsWith("Mac");
/** The kinds of sources that a key can hold: its own binding, or a focused on-screen button. */
const HELD_BY_KEYS = ["key:", "screen:"];

/**
 * Turn keys into inputs while `within` contains the focus, except in a text field or a dialog.
 * Releases are handled everywhere.
 * @param {() => Bound[]} bound
 * @param {Inputs} inputs
 * @param {{live: () => boolean, onKey: () => void, within: EventTarget, signal: AbortSignal}} options
 */
export function listenToKeys(bound, inputs, { live, onKey, within, signal }) {
  /** @param {KeyboardEvent} event */
  const onDown = (event) => {
    if (isComposing(event)) return;
    const code = codeOf(event);
    const targets = on(bound(), `key:${code}`);
    if (!targets.length || !live() || isChord(event, bound()) || belongsTo(event)) return;
    event.preventDefault();
    if (within !== window) event.stopPropagation(); // no shortcut of the embedding page
    if (event.repeat) return;
    onKey();
    for (const { name, end } of targets) inputs.press(name, end, `key:${code}`);
    if (code === "CapsLock" && MAC) inputs.release("key:CapsLock");
  };
  /** @param {KeyboardEvent} event */
  const onUp = (event) => {
    const code = codeOf(event);
    if (code) inputs.release(`key:${code}`);
    else inputs.releaseAll("key:"); // it may be any of the held ones
  };
  /** @param {KeyboardEvent} event */
  const onAny = (event) => {
    // macOS sends no keyup for a key that is released while Meta is down.
    if (isMeta(event)) for (const kind of HELD_BY_KEYS) inputs.releaseAll(kind);
    releaseModifiers(event, inputs);
  };
  // Listen in the capture phase: other code of the page may stop a bubbling event.
  addEventListener("keydown", onAny, { signal, capture: true });
  addEventListener("keyup", onAny, { signal, capture: true });
  addEventListener("keyup", onUp, { signal, capture: true });
  within.addEventListener("keydown", /** @type {EventListener} */ (onDown), { signal });
  addEventListener("focusin", (event) => {
    if (isTextField(targetOf(event))) inputs.releaseAll("key:");
  }, { signal });
}

/**
 * Release the modifier keys that are up according to an event. For example, Windows sends no keyup
 * for the first released key of two held Shift keys.
 * @param {KeyboardEvent|MouseEvent} event
 * @param {Inputs} inputs
 */
export function releaseModifiers(event, inputs) {
  for (const [flag, key] of MODIFIERS) {
    const down = event[flag] || (key === "Alt" && event.getModifierState("AltGraph"));
    if (!down) inputs.releaseAll(`key:${key}`);
  }
}

/** Codes of keys that are not letters or digits. @type {{[key: string]: string}} */
const CODES = { " ": "Space", Shift: "ShiftLeft", Control: "ControlLeft", Alt: "AltLeft" };

/**
 * Return the code of a key: its position. Screen keyboards and remote desktops may send none: the
 * code is then that of the same letter on a US keyboard, or "" if it is unknown.
 * @param {KeyboardEvent} event
 */
export function codeOf({ code, key }) {
  if (code && code !== "Unidentified") return code;
  if (/^[a-z]$/i.test(key)) return `Key${key.toUpperCase()}`;
  if (/^[0-9]$/.test(key)) return `Digit${key}`;
  if (key === "Unidentified" || key.length === 1) return CODES[key] ?? "";
  return CODES[key] ?? key; // such as Enter, Tab and ArrowUp
}

/**
 * Return whether an input method handles this key to compose text. Safari marks the Enter that ends
 * a composition only by its keyCode.
 * @param {KeyboardEvent} event
 */
export function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}

/**
 * Return the event's innermost target, also inside shadow roots.
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

/** Older Firefox calls the key OS. @param {KeyboardEvent} event */
function isMeta({ code, key }) {
  return key === "Meta" || /^(Meta|OS)/.test(code);
}

/**
 * Return whether the focused control handles this key itself.
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
 * Return whether an unbound modifier makes this key a browser shortcut. Shift does not count,
 * because players hold it to run.
 * @param {KeyboardEvent} event
 * @param {Bound[]} bound
 */
function isChord(event, bound) {
  return MODIFIERS.some(([flag, key]) => flag !== "shiftKey" && event[flag]
    && !on(bound, `key:${key}Left`).length && !on(bound, `key:${key}Right`).length);
}
