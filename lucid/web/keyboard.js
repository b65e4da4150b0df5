// @ts-check
/** @typedef {import("./bindings.js").Target} Target */
/** @typedef {import("./inputs.js").Inputs} Inputs */

/** @type {["ctrlKey"|"metaKey"|"altKey", string][]} */
const MODIFIERS = [["ctrlKey", "Control"], ["metaKey", "Meta"], ["altKey", "Alt"]];
const TEXT_FIELDS = "textarea, select, input:not([type=range], [type=checkbox], [type=file])";
const PRESSABLE = "button, a, input";

/**
 * Keys to inputs, wherever the focus is, except in a text field.
 * @param {Map<string, Target[]>} keys
 * @param {Inputs} inputs
 * @param {{live: () => boolean, stage: HTMLElement, signal: AbortSignal}} options
 */
export function listenToKeys(keys, inputs, { live, stage, signal }) {
  /** @param {KeyboardEvent} event */
  const onDown = (event) => {
    if (event.code.startsWith("Meta")) inputs.releaseAll("key:"); // macOS hides keyups under Meta
    if (event.code === "Escape" && isTextField(event.target)) stage.focus({ preventScroll: true });
    const targets = keys.get(event.code);
    if (!targets || !live() || isChord(event, keys) || belongsTo(event.target, event.code)) return;
    event.preventDefault();
    if (event.repeat) return;
    for (const { name, end } of targets) inputs.press(name, end, `key:${event.code}`);
  };
  /** @param {KeyboardEvent} event */
  const onUp = (event) => {
    if (event.code.startsWith("Meta")) inputs.releaseAll("key:");
    inputs.release(`key:${event.code}`);
  };
  addEventListener("keydown", onDown, { signal });
  addEventListener("keyup", onUp, { signal });
  addEventListener("focusin", ({ target }) => {
    if (isTextField(target)) inputs.releaseAll("key:");
  }, { signal });
}

/** @param {EventTarget|null} target */
function isTextField(target) {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches(TEXT_FIELDS);
}

/**
 * Whether the focused control uses this key itself.
 * @param {EventTarget|null} target
 * @param {string} code
 */
function belongsTo(target, code) {
  if (isTextField(target)) return true;
  if (!(target instanceof Element) || !target.matches(PRESSABLE)) return false;
  if (target.matches("[type=range]") && /^(Arrow|Page|Home|End)/.test(code)) return true;
  return ["Space", "Enter", "NumpadEnter", "Tab"].includes(code);
}

/**
 * Whether a modifier that no input is bound to makes this one of the browser's shortcuts.
 * @param {KeyboardEvent} event
 * @param {Map<string, Target[]>} keys
 */
function isChord(event, keys) {
  return MODIFIERS.some(
    ([flag, key]) => event[flag] && !keys.has(`${key}Left`) && !keys.has(`${key}Right`));
}
