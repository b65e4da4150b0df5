// @ts-check
/** Readable names of inputs, keys and sizes. */

import { t } from "./texts.js";

/** The labels of keys by code. @returns {{[code: string]: string}} */
const keys = () => ({
  ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→",
  ShiftLeft: t`Shift`, ShiftRight: t`Right Shift`, ControlLeft: t`Ctrl`, ControlRight: t`Right Ctrl`,
  AltLeft: "Alt", AltRight: t`Right Alt`, MetaLeft: "Meta", MetaRight: t`Right Meta`, Space: t`Space`,
  CapsLock: t`Caps Lock`, Escape: t`Esc`, PageUp: t`Page Up`, PageDown: t`Page Down`,
  Backquote: "`", Backslash: "\\", BracketLeft: "[", BracketRight: "]", Comma: ",", Equal: "=",
  Minus: "-", Period: ".", Quote: "'", Semicolon: ";", Slash: "/",
  NumpadAdd: "Num +", NumpadSubtract: "Num -", NumpadMultiply: "Num *", NumpadDivide: "Num /",
  NumpadDecimal: "Num .", NumpadEnter: "Num Enter",
});

/** @param {number} index */
const mouseButton = (index) =>
  [t`Left click`, t`Middle click`, t`Right click`, t`Mouse 4`, t`Mouse 5`][index];

/**
 * Convert a name such as `move_fwd` to "Move fwd".
 * @param {string} name
 */
export function inWords(name) {
  const text = name.replaceAll(/[_-]+/g, " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The user's keyboard: the character of each code. @type {Map<string, string>} */
let layout = new Map();

/** Read the user's keyboard layout, if the browser offers it: otherwise labels are those of a US keyboard. */
export async function readLayout() {
  try {
    layout = await /** @type {any} */ (navigator).keyboard.getLayoutMap();
  } catch {
    // no such browser, or the page is embedded
  }
}

/**
 * Return the label of a `KeyboardEvent.code`, as printed on the user's keyboard if it is known.
 * @param {string} code
 */
export function keyName(code) {
  const printed = layout.get(code)?.trim();
  if (printed) return printed.toLocaleUpperCase();
  return keys()[code] ?? code.replace(/^(Key|Digit)/, "").replace(/^Numpad/, "Num ");
}

/** Labels of the standard gamepad's buttons, as on an Xbox controller. */
const PAD_BUTTONS = [
  "A", "B", "X", "Y", "LB", "RB", "LT", "RT", "View", "Menu", "L3", "R3", "D↑", "D↓", "D←", "D→",
  "Home",
];
/** The arrows of the first stick. @type {{[axis: string]: string}} */
const PAD_AXES = { "a0-": "←", "a0+": "→", "a1-": "↑", "a1+": "↓" };

/**
 * Return the label of a source, as printed on its device.
 * @param {string} source such as "key:KeyW", "mouse:0", "pad:b0", "pad:a1-"
 */
export function sourceName(source) {
  const [kind, what] = source.split(":");
  if (kind === "key") return keyName(what);
  if (kind === "mouse") return mouseButton(Number(what));
  if (what.startsWith("b")) return PAD_BUTTONS[Number(what.slice(1))] ?? t`Button ${what.slice(1)}`;
  return what in PAD_AXES ? t`Stick ${PAD_AXES[what]}` : t`Axis ${what.slice(1)}`;
}

/**
 * Return the label of an input on the page.
 * @param {{name: string, description: string}} spec
 */
export function labelOf(spec) {
  return spec.description || inWords(spec.name);
}

/** @param {number} bytes */
export function sizeName(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const [value, unit] = bytes < 1024 ** 2 ? [bytes / 1024, "kB"] : [bytes / 1024 ** 2, "MB"];
  return `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`;
}
