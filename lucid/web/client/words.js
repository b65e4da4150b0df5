// @ts-check
/** Readable names of inputs, keys and sizes. */

const KEYS = new Map(Object.entries({
  ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→",
  ShiftLeft: "Shift", ShiftRight: "Right Shift", ControlLeft: "Ctrl", ControlRight: "Right Ctrl",
  AltLeft: "Alt", AltRight: "Right Alt", MetaLeft: "Meta", MetaRight: "Right Meta",
  CapsLock: "Caps Lock", Escape: "Esc", PageUp: "Page Up", PageDown: "Page Down",
  Backquote: "`", Backslash: "\\", BracketLeft: "[", BracketRight: "]", Comma: ",", Equal: "=",
  Minus: "-", Period: ".", Quote: "'", Semicolon: ";", Slash: "/",
  NumpadAdd: "Num +", NumpadSubtract: "Num -", NumpadMultiply: "Num *", NumpadDivide: "Num /",
  NumpadDecimal: "Num .", NumpadEnter: "Num Enter",
}));

const MOUSE_BUTTONS = ["Left click", "Middle click", "Right click", "Mouse 4", "Mouse 5"];

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

/** Read the user's keyboard layout where the browser tells it; otherwise labels are those of a US one. */
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
  return KEYS.get(code) ?? code.replace(/^(Key|Digit)/, "").replace(/^Numpad/, "Num ");
}

/** Labels of the standard gamepad's buttons, as on an Xbox controller. */
const PAD_BUTTONS = [
  "A", "B", "X", "Y", "LB", "RB", "LT", "RT", "View", "Menu", "L3", "R3", "D↑", "D↓", "D←", "D→",
  "Home",
];
const PAD_AXES = new Map(Object.entries({
  "a0-": "Stick ←", "a0+": "Stick →", "a1-": "Stick ↑", "a1+": "Stick ↓",
}));

/**
 * Return the label of a source, as printed on its device.
 * @param {string} source such as "key:KeyW", "mouse:0", "pad:b0", "pad:a1-"
 */
export function sourceName(source) {
  const [kind, what] = source.split(":");
  if (kind === "key") return keyName(what);
  if (kind === "mouse") return MOUSE_BUTTONS[Number(what)];
  if (what.startsWith("b")) return PAD_BUTTONS[Number(what.slice(1))] ?? `Button ${what.slice(1)}`;
  return PAD_AXES.get(what) ?? `Axis ${what.slice(1)}`;
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
