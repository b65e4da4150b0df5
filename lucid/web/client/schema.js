// @ts-check
/** @typedef {import("./protocol.js").FileSpec} FileSpec */
/** @typedef {import("./protocol.js").JsonSchema} JsonSchema */

import { labelOf } from "./words.js";

/** Integers with a wider range, such as an rng seed, get a number box: a slider is too coarse. */
const SLIDER_STEPS = 1000;

/**
 * The description of one argument of an input, for its control.
 * @typedef {object} Argument
 * @property {string} name
 * @property {string} label
 * @property {"text"|"number"|"slider"|"toggle"|"choice"|"file"|"capture"|"json"} kind
 * @property {boolean} required
 * @property {boolean} nullable whether an empty control means null
 * @property {unknown} initial the default, or undefined
 * @property {string[]} examples suggested texts
 * @property {JsonSchema} schema without $ref and null
 */

/**
 * @param {JsonSchema} schema of an input's arguments
 * @returns {Argument[]}
 */
export function argumentsOf(schema) {
  return Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const { nullable, value } = resolve(property, schema.$defs ?? {});
    return {
      name,
      label: labelOf({ name, description: value.description ?? "" }),
      kind: kindOf(value, nullable),
      required: (schema.required ?? []).includes(name),
      nullable,
      initial: property.default,
      examples: (property.examples ?? value.examples ?? []).filter(isText),
      schema: value,
    };
  });
}

/**
 * Return what the camera and microphone inputs declare, by the input's name. Only the player's page
 * sends a camera or a microphone.
 * @param {import("./protocol.js").Hello} hello
 * @returns {Map<string, import("./protocol.js").CaptureSpec>}
 */
export function capturesOf({ role, manifest }) {
  /** @type {Map<string, import("./protocol.js").CaptureSpec>} */
  const captures = new Map();
  for (const { name, arguments: { properties = {} } } of role === "player" ? manifest.inputs : []) {
    for (const { capture } of Object.values(properties)) if (capture) captures.set(name, capture);
  }
  return captures;
}

/**
 * Resolve references and remove null from the alternatives.
 * @param {JsonSchema} property
 * @param {{[name: string]: JsonSchema}} defs
 * @returns {{nullable: boolean, value: JsonSchema}}
 */
function resolve(property, defs) {
  if (property.$ref) {
    const { $ref, ...rest } = property;
    return resolve({ ...defs[$ref.replace("#/$defs/", "")], ...rest }, defs);
  }
  const { anyOf, ...rest } = property;
  if (!anyOf) return { nullable: false, value: property };
  const others = anyOf.filter((/** @type {JsonSchema} */ one) => one.type !== "null");
  const nullable = others.length < anyOf.length;
  if (others.length !== 1) return { nullable, value: rest };
  return { nullable, value: resolve({ ...others[0], ...rest }, defs).value };
}

/**
 * @param {JsonSchema} schema
 * @param {boolean} nullable
 * @returns {Argument["kind"]}
 */
function kindOf(schema, nullable) {
  if (schema.format === "lucid-file") return "file";
  if (schema.format === "lucid-capture") return "capture";
  if (schema.enum || "const" in schema) return "choice";
  switch (schema.type) {
    case "boolean": return nullable ? "choice" : "toggle";
    case "string": return "text";
    case "integer":
    case "number": return !nullable && slides(schema) ? "slider" : "number";
    default: return "json";
  }
}

/** @param {JsonSchema} schema */
function slides(schema) {
  const { min, max } = range(schema);
  if (min === undefined || max === undefined) return false;
  return schema.type === "number" || max - min <= SLIDER_STEPS;
}

/**
 * Return the bounds and step of a number. An exclusive bound moves inwards by one step.
 * @param {JsonSchema} schema
 * @returns {{min: number|undefined, max: number|undefined, step: number|undefined}}
 */
export function range(schema) {
  const low = schema.minimum ?? schema.exclusiveMinimum;
  const high = schema.maximum ?? schema.exclusiveMaximum;
  let step = schema.multipleOf ?? (schema.type === "integer" ? 1 : undefined);
  if (step === undefined && low !== undefined && high !== undefined) {
    step = 10 ** Math.floor(Math.log10((high - low) / 100));
  }
  return {
    min: schema.minimum === undefined && low !== undefined ? low + (step ?? 0) : low,
    max: schema.maximum === undefined && high !== undefined ? high - (step ?? 0) : high,
    step,
  };
}

/**
 * Return numeric arguments, each cut to the bounds of its property in the input's schema.
 * @param {{[argument: string]: number}} args
 * @param {JsonSchema} schema
 * @returns {{[argument: string]: number}}
 */
export function withinBounds(args, schema) {
  return Object.fromEntries(Object.entries(args).map(([name, value]) => {
    const { min = -Infinity, max = Infinity } = range(schema.properties?.[name] ?? {});
    return [name, Math.min(Math.max(value, min), max)];
  }));
}

/**
 * Return the values that a choice offers.
 * @param {JsonSchema} schema
 * @returns {unknown[]}
 */
export function choices(schema) {
  if (schema.enum) return schema.enum;
  return "const" in schema ? [schema.const] : [true, false];
}

/** @param {unknown} value */
function isText(value) {
  return typeof value === "string";
}

/** Return whether an argument is an rng seed. @param {Argument} argument */
export function isRngSeed({ name, schema }) {
  return schema.type === "integer" && /(^|_)seed$/.test(name);
}
