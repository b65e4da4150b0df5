// @ts-check
/** @typedef {import("./inputs.js").End} End */
/** @typedef {import("./inputs.js").Inputs} Inputs */
/** @typedef {import("./protocol.js").InputSpec} InputSpec */

import { boundButtons, boundKeys } from "./bindings.js";
import { el } from "./dom.js";
import { keyName, labelOf, mouseButtonName } from "./words.js";

const MOTION_HELP = { pointer: "Mouse", wheel: "Wheel" };

/**
 * The on-screen keys of a bound input: light up while it is held, and can be pressed themselves.
 * A pointer or wheel is a line of help.
 * @param {InputSpec} spec
 * @param {Inputs} inputs
 * @param {(spec: InputSpec) => boolean} accepts
 */
export function keycaps(spec, inputs, accepts) {
  const kind = spec.binding?.kind;
  const label = labelOf(spec);
  const element = el("div", { className: "keys", "data-input": spec.name });
  if (kind === "pointer" || kind === "wheel") {
    element.append(el("kbd", {}, MOTION_HELP[kind]), el("span", {}, label));
    return { element, refresh: () => {}, light: () => {} };
  }
  /** @type {End[]} */
  const ends = kind === "axis" ? [-1, 1] : [1];
  const buttons = ends.map((end) => ({ end, button: keyButton(spec, end, inputs) }));
  if (kind === "axis") {
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", label);
    element.append(buttons[0].button, el("span", {}, label), buttons[1].button);
  } else {
    buttons[0].button.append(el("span", {}, label));
    element.append(buttons[0].button);
  }
  return {
    element,
    refresh() {
      for (const { end, button } of buttons) {
        button.disabled = !accepts(spec);
        // A disabled button hears of no release.
        if (button.disabled) inputs.release(sourceOf(spec, end));
      }
    },
    /** @param {Set<End>} held */
    light(held) {
      for (const { end, button } of buttons) {
        button.toggleAttribute("data-held", held.has(end));
        if (kind !== "press") button.setAttribute("aria-pressed", String(held.has(end)));
      }
    },
  };
}

/** @param {InputSpec} spec @param {End} end */
function sourceOf(spec, end) {
  return `screen:${spec.name}:${end}`;
}

/**
 * @param {InputSpec} spec
 * @param {End} end
 * @param {Inputs} inputs
 */
function keyButton(spec, end, inputs) {
  const caps = [
    ...boundKeys(spec).filter((bound) => bound.end === end).map(({ key }) => keyName(key)),
    ...boundButtons(spec).map(mouseButtonName),
  ];
  const button = el("button", { type: "button" }, ...caps.map((cap) => el("kbd", {}, cap)));
  if (spec.binding?.kind === "axis") {
    const sign = end > 0 ? "+" : "−";
    button.setAttribute("aria-label", `${labelOf(spec)} ${sign} (${caps.join(", ")})`);
  }
  const source = sourceOf(spec, end);
  const press = () => inputs.press(spec.name, end, source);
  const release = () => inputs.release(source);
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    press();
  });
  button.addEventListener("lostpointercapture", release);
  button.addEventListener("contextmenu", (event) => event.preventDefault()); // a long touch
  button.addEventListener("keydown", (event) => {
    if (event.repeat || !["Space", "Enter"].includes(event.code)) return;
    event.preventDefault();
    press();
  });
  button.addEventListener("keyup", release);
  button.addEventListener("blur", release);
  return button;
}
