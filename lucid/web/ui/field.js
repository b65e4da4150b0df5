// @ts-check
/** @typedef {import("../client/schema.js").Argument} Argument */
/** @typedef {import("./input.js").LucidInput} LucidInput */

import { isComposing } from "../client/keyboard.js";
import { choices, isRngSeed, range } from "../client/schema.js";
import { t } from "../client/texts.js";
import { inWords } from "../client/words.js";
import { html, nothing } from "../vendor/lit.js";
import { icon } from "./icons.js";

const SLIDER_MS = 100;
const MOST_RANDOM = 2 ** 31;

/**
 * @typedef {object} FieldOptions
 * @property {string} label
 * @property {boolean} disabled
 * @property {LucidInput} input
 * @property {() => void} onEdit called when an edit is complete
 */

/**
 * Render the native control of an argument.
 * @param {Argument} argument
 * @param {FieldOptions} options
 */
export function template(argument, options) {
  switch (argument.kind) {
    case "text": return textBox(argument, options);
    case "number": return numberBox(argument, options);
    case "slider": return slider(argument, options);
    case "toggle": return toggle(argument, options);
    case "choice": return menu(argument, options);
    case "json": return jsonBox(argument, options);
    case "file": return html`<lucid-seed .player=${options.input.player} .view=${options.input.view}
      .argument=${argument} .label=${options.label} .disabled=${options.disabled}
      .input=${options.input.spec.name} @lucid-edit=${options.onEdit}></lucid-seed>`;
  }
}

/**
 * Return an argument's value, or undefined for its default.
 * @param {Argument} argument
 * @param {LucidInput} input
 * @returns {unknown}
 */
export function read(argument, input) {
  const control = input.querySelector(`[data-argument="${CSS.escape(argument.name)}"]`);
  const box = /** @type {HTMLInputElement} */ (control);
  switch (argument.kind) {
    case "toggle": return box.checked;
    case "choice": return valuesOf(argument)[Number(box.value)];
    case "slider": return box.valueAsNumber;
    case "number": return box.value === "" ? empty(argument) : box.valueAsNumber;
    case "json": return box.value === "" ? empty(argument) : JSON.parse(box.value);
    case "text": return box.value === "" && argument.nullable ? null : box.value;
    case "file": {
      const { file } = /** @type {import("./seed.js").LucidSeed} */ (control);
      return file && input.player.session?.upload(input.spec.name, argument.name, file);
    }
  }
}

/**
 * @param {string} label
 * @param {unknown} control
 * @param {unknown} [aside] next to the label's text
 */
function labelled(label, control, aside = nothing) {
  return html`<label class="field"><span class="label">${label}${aside}</span>${control}</label>`;
}

/** @param {Argument} argument @param {FieldOptions} options */
function textBox(argument, { label }) {
  const { minLength = 0, maxLength, pattern } = argument.schema;
  return labelled(label, html`<input type="text" data-argument=${argument.name}
    .defaultValue=${String(argument.initial ?? "")} maxlength=${maxLength ?? nothing}
    pattern=${pattern ?? nothing} minlength=${argument.nullable ? 0 : minLength}
    ?required=${!argument.nullable && minLength > 0}>`);
}

/** @param {Argument} argument @param {FieldOptions} options */
function numberBox(argument, { label, onEdit }) {
  const { min, max, step = "any" } = range(argument.schema);
  const box = html`<input type="number" data-argument=${argument.name} min=${min ?? nothing}
    max=${max ?? nothing} step=${step} ?required=${needed(argument)}
    .defaultValue=${String(argument.initial ?? "")} placeholder=${needed(argument) ? "" : t`none`}
    @change=${onEdit} @keydown=${commit(onEdit)}>`;
  if (!isRngSeed(argument)) return labelled(label, box);
  /** @param {Event} event */
  const roll = (event) => {
    const [low, high] = [min ?? 0, Math.min(max ?? MOST_RANDOM, MOST_RANDOM)];
    const dice = /** @type {Element} */ (event.currentTarget);
    const input = /** @type {HTMLInputElement} */ (dice.parentElement?.querySelector("input"));
    input.value = String(low + Math.floor(Math.random() * (high - low)));
    onEdit();
  };
  return html`<div class="beside">${labelled(label, box)}
    <button type="button" class="tool dice" aria-label=${t`Random: ${label}`} title=${t`Random`}
      @click=${roll}>${icon("dice")}</button></div>`;
}

/** @param {Argument} argument @param {FieldOptions} options */
function slider(argument, { label, onEdit }) {
  const { min, max, step } = range(argument.schema);
  const initial = String(argument.initial ?? min);
  const send = throttled(onEdit, SLIDER_MS);
  /** @param {Event} event */
  const onInput = (event) => {
    const target = /** @type {HTMLInputElement} */ (event.currentTarget);
    const shown = target.parentElement?.querySelector(".value");
    if (shown) shown.textContent = target.value;
    send();
  };
  const fine = step ?? (Number(max) - Number(min)) / 100;
  return labelled(label, html`<input type="range" data-argument=${argument.name} min=${min ?? 0}
    max=${max ?? 1} step=${fine} .defaultValue=${initial} @input=${onInput}>`,
  html`<span class="value" aria-hidden="true">${initial}</span>`);
}

/** @param {Argument} argument @param {FieldOptions} options */
function toggle(argument, { label, onEdit }) {
  return html`<label class="field toggle"><span class="label">${label}</span>
    <input type="checkbox" role="switch" data-argument=${argument.name}
      .defaultChecked=${argument.initial === true} @change=${onEdit}></label>`;
}

/** @param {Argument} argument @param {FieldOptions} options */
function menu(argument, { label, onEdit }) {
  const values = valuesOf(argument);
  const chosen = values.indexOf(argument.initial ?? null);
  return labelled(label, html`<select required data-argument=${argument.name} @change=${onEdit}>
    ${chosen < 0 ? html`<option value="" disabled .defaultSelected=${true}>${t`Choose`}</option>` : nothing}
    ${values.map((value, index) => html`
      <option value=${index} .defaultSelected=${index === chosen}>${choiceName(value)}</option>`)}
  </select>`);
}

/**
 * Render a JSON box for lists and other types without a native control.
 * @param {Argument} argument
 * @param {FieldOptions} options
 */
function jsonBox(argument, { label, onEdit }) {
  const { initial } = argument;
  /** @param {Event} event */
  const check = (event) => {
    const box = /** @type {HTMLInputElement} */ (event.currentTarget);
    box.setCustomValidity(isJson(box.value) ? "" : t`not JSON`);
  };
  return labelled(label, html`<input type="text" class="json" spellcheck="false" placeholder="JSON"
    data-argument=${argument.name} ?required=${needed(argument)}
    .defaultValue=${initial === undefined || initial === null ? "" : JSON.stringify(initial)}
    @input=${check} @change=${onEdit} @keydown=${commit(onEdit)}>`);
}

/**
 * Complete an edit on Enter, as on blur. Enter also sends an unchanged value.
 * @param {() => void} onEdit
 */
function commit(onEdit) {
  return (/** @type {KeyboardEvent} */ event) => {
    if (isComposing(event) || event.key !== "Enter") return;
    event.preventDefault(); // the form would submit it a second time
    const box = /** @type {HTMLElement} */ (event.currentTarget);
    let changed = false;
    const onChange = () => (changed = true);
    box.addEventListener("change", onChange);
    box.blur();
    box.removeEventListener("change", onChange);
    if (!changed) onEdit();
  };
}

/** @param {Argument} argument */
function valuesOf(argument) {
  return [...(argument.nullable ? [null] : []), ...choices(argument.schema)];
}

/** @param {unknown} value */
function choiceName(value) {
  if (value === null) return t`None`;
  if (typeof value === "boolean") return value ? t`On` : t`Off`;
  return inWords(String(value));
}

/** Return an empty box's value: null, or undefined for the default. @param {Argument} argument */
function empty({ nullable, required }) {
  return nullable || required ? null : undefined;
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
 * Limit `callback` to one call per `ms` milliseconds: the first call runs at once, and the last
 * call always runs.
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
