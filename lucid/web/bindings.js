// @ts-check
/** @typedef {import("./protocol.js").InputSpec} InputSpec */
/** @typedef {import("./inputs.js").End} End */
/** @typedef {{name: string, end: End}} Target */

/**
 * The manifest's bindings the other way round: from gesture to inputs.
 * @param {InputSpec[]} specs
 */
export function gestureMap(specs) {
  /** @type {Map<string, Target[]>} */
  const keys = new Map();
  /** @type {Map<number, Target[]>} */
  const buttons = new Map();
  /** @type {InputSpec[]} */
  const pointers = [];
  /** @type {InputSpec[]} */
  const wheels = [];
  for (const spec of specs) {
    for (const { end, key } of boundKeys(spec)) add(keys, key, { name: spec.name, end });
    for (const button of boundButtons(spec)) add(buttons, button, { name: spec.name, end: 1 });
    if (spec.binding?.kind === "pointer") pointers.push(spec);
    if (spec.binding?.kind === "wheel") wheels.push(spec);
  }
  return { keys, buttons, pointers, wheels };
}

/**
 * @param {InputSpec} spec
 * @returns {{key: string, end: End}[]}
 */
export function boundKeys({ binding }) {
  if (binding?.kind === "axis") {
    return [
      ...binding.negative_keys.map((key) => ({ key, end: /** @type {End} */ (-1) })),
      ...binding.positive_keys.map((key) => ({ key, end: /** @type {End} */ (1) })),
    ];
  }
  if (binding?.kind !== "hold" && binding?.kind !== "press") return [];
  return binding.keys.map((key) => ({ key, end: /** @type {End} */ (1) }));
}

/** @param {InputSpec} spec */
export function boundButtons({ binding }) {
  return binding?.kind === "hold" || binding?.kind === "press" ? binding.mouse_buttons : [];
}

/**
 * @template K
 * @param {Map<K, Target[]>} map
 * @param {K} gesture
 * @param {Target} target
 */
function add(map, gesture, target) {
  map.set(gesture, [...(map.get(gesture) ?? []), target]);
}
