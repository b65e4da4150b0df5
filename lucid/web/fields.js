// @ts-check
/** @typedef {import("./schema.js").Argument} Argument */

import { el } from "./dom.js";
import { fileField } from "./file-field.js";
import { choices, range } from "./schema.js";
import { inWords } from "./words.js";

const SLIDER_MS = 100;

/**
 * The native control of one argument.
 * @typedef {object} Field
 * @property {HTMLElement} element
 * @property {() => unknown} read the argument's value; undefined leaves it to its default
 * @property {(send: () => void) => void} onEdit calls back when an edit is complete
 *
 * What a field reports to and uploads with.
 * @typedef {object} FieldOptions
 * @property {string} label
 * @property {boolean} alone it is its input's only one
 * @property {(file: File) => Promise<string>} upload
 * @property {(error: unknown) => void} report
 */

/**
 * @param {Argument} argument
 * @param {FieldOptions} options
 * @returns {Field}
 */
export function field(argument, options) {
  switch (argument.kind) {
    case "text": return textField(argument, options);
    case "number": return numberField(argument, options);
    case "slider": return sliderField(argument, options);
    case "toggle": return toggleField(argument, options);
    case "choice": return choiceField(argument, options);
    case "file": return fileField(argument.schema.file, options);
    case "json": return jsonField(argument, options);
  }
}

/**
 * @param {string} label
 * @param {HTMLElement} control
 * @param {...HTMLElement} aside next to the label's text
 */
function labelled(label, control, ...aside) {
  const text = el("span", { className: "label" }, label, ...aside);
  return el("label", { className: "field" }, text, control);
}

/** @param {HTMLElement} control @returns {Field["onEdit"]} */
function onChange(control) {
  return (send) => control.addEventListener("change", send);
}

/** Enter completes an edit, as leaving the box does. @param {HTMLElement} box */
function onCommit(box) {
  /** @type {Field["onEdit"]} */
  return (send) => {
    box.addEventListener("change", send);
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault(); // it would submit once more
      box.blur();
    });
  };
}

/**
 * What an empty box says: null, nothing (the default), or itself.
 * @param {Argument} argument
 */
function empty({ nullable, required }) {
  return nullable || required ? null : undefined;
}

/** @param {Argument} argument @param {FieldOptions} options @returns {Field} */
function textField(argument, { label, alone }) {
  const { minLength = 0, maxLength, pattern } = argument.schema;
  const value = String(argument.initial ?? "");
  const box = alone
    ? el("textarea", { rows: 3, defaultValue: value })
    : el("input", { type: "text", defaultValue: value });
  if (maxLength !== undefined) box.maxLength = maxLength;
  if (box instanceof HTMLInputElement && pattern) box.pattern = pattern;
  box.minLength = argument.nullable ? 0 : minLength;
  box.required = !argument.nullable && minLength > 0;
  return {
    element: labelled(label, box),
    read: () => (box.value === "" && argument.nullable ? null : box.value),
    onEdit: (send) => box.addEventListener("keydown", (event) => {
      const enter = event instanceof KeyboardEvent && event.key === "Enter";
      if (!enter || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      send();
    }),
  };
}

/** @param {Argument} argument @param {FieldOptions} options @returns {Field} */
function numberField(argument, { label }) {
  const { min = "", max = "", step = "any" } = range(argument.schema);
  const box = el("input", { type: "number", min, max, step, required: needed(argument) });
  box.defaultValue = String(argument.initial ?? "");
  if (!needed(argument)) box.placeholder = "none";
  return {
    element: labelled(label, box),
    read: () => (box.value === "" ? empty(argument) : box.valueAsNumber),
    onEdit: onCommit(box),
  };
}

/** @param {Argument} argument @param {FieldOptions} options @returns {Field} */
function sliderField(argument, { label }) {
  const { min, max, step } = range(argument.schema);
  const slider = el("input", { type: "range", min, max, step });
  slider.defaultValue = String(argument.initial ?? min);
  const shown = el("span", { className: "value" }, slider.value); // an output would take the label
  slider.addEventListener("input", () => (shown.textContent = slider.value));
  return {
    element: labelled(label, slider, shown),
    read: () => slider.valueAsNumber,
    onEdit: (send) => slider.addEventListener("input", throttled(send, SLIDER_MS)),
  };
}

/** @param {Argument} argument @param {FieldOptions} options @returns {Field} */
function toggleField(argument, { label }) {
  const box = el("input", { type: "checkbox", role: "switch" });
  box.defaultChecked = argument.initial === true;
  const text = el("span", { className: "label" }, label);
  return {
    element: el("label", { className: "field toggle" }, text, box),
    read: () => box.checked,
    onEdit: onChange(box),
  };
}

/** @param {Argument} argument @param {FieldOptions} options @returns {Field} */
function choiceField(argument, { label }) {
  const values = [...(argument.nullable ? [null] : []), ...choices(argument.schema)];
  const chosen = values.indexOf(argument.initial ?? null);
  const menu = el("select", { required: true }, ...values.map((value, index) =>
    el("option", { value: index, defaultSelected: index === chosen }, choiceName(value))));
  if (chosen < 0) {
    menu.prepend(el("option", { value: "", disabled: true, defaultSelected: true }, "Choose"));
  }
  return {
    element: labelled(label, menu),
    read: () => values[Number(menu.value)],
    onEdit: onChange(menu),
  };
}

/** @param {unknown} value */
function choiceName(value) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "On" : "Off";
  return inWords(String(value));
}

/**
 * Lists and the like, for which browsers have no control.
 * @param {Argument} argument
 * @param {FieldOptions} options
 * @returns {Field}
 */
function jsonField(argument, { label }) {
  const { initial } = argument;
  const box = el("input", { type: "text", spellcheck: false, required: needed(argument) });
  box.className = "json";
  box.defaultValue = initial === undefined || initial === null ? "" : JSON.stringify(initial);
  box.placeholder = "JSON";
  box.addEventListener("input", () => box.setCustomValidity(isJson(box.value) ? "" : "not JSON"));
  return {
    element: labelled(label, box),
    read: () => (box.value === "" ? empty(argument) : JSON.parse(box.value)),
    onEdit: onCommit(box),
  };
}

/** @param {Argument} argument */
function needed(argument) {
  return argument.required && !argument.nullable;
}

/** @param {string} text */
function isJson(text) {
  if (text === "") return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * At once, then at most every `ms` milliseconds, and always once more after the last call.
 * @param {() => void} callback
 * @param {number} ms
 */
function throttled(callback, ms) {
  let timer = 0;
  let again = false;
  const run = () => {
    again = false;
    callback();
    timer = setTimeout(() => {
      timer = 0;
      if (again) run();
    }, ms);
  };
  return () => {
    if (timer) again = true;
    else run();
  };
}
