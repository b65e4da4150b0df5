// @ts-check
/** @typedef {import("./protocol.js").InputSpec} InputSpec */
/** @typedef {import("./inputs.js").End} End */

/**
 * A physical control: "key:KeyW", "mouse:0", "pad:b0" (a gamepad button), "pad:a1-" (one end of a
 * gamepad axis).
 * @typedef {string} Source
 * @typedef {{name: string, end: End}} Target
 * @typedef {Target & {source: Source}} Bound
 */

/** Gamepad buttons for inputs that have no habitual button, in order of assignment. */
const FREE_BUTTONS = [0, 2, 1, 3, 5, 4, 7, 6, 11, 10];
/** The gamepad control that players expect for each key or mouse button. */
const HABITS = new Map(Object.entries({
  "key:Space": 0, "key:ShiftLeft": 10, "key:ControlLeft": 1, "key:KeyE": 2, "key:KeyR": 3,
  "mouse:0": 7, "mouse:2": 6, "key:KeyQ": 4, "key:Escape": 9, "key:Enter": 9,
}));
/** @type {{[way in Way]: {wasd: string, arrow: string, stick: string, pad: number}}} */
const WAYS = {
  up: { wasd: "KeyW", arrow: "ArrowUp", stick: "a1-", pad: 12 },
  down: { wasd: "KeyS", arrow: "ArrowDown", stick: "a1+", pad: 13 },
  left: { wasd: "KeyA", arrow: "ArrowLeft", stick: "a0-", pad: 14 },
  right: { wasd: "KeyD", arrow: "ArrowRight", stick: "a0+", pad: 15 },
};
/** @typedef {"up"|"down"|"left"|"right"} Way */

/**
 * Return the bindings of the manifest and the default gamepad bindings.
 * @param {InputSpec[]} specs
 * @returns {Bound[]}
 */
export function defaultBindings(specs) {
  const bound = specs.flatMap(declared);
  return [...bound, ...padBindings(specs, bound)];
}

/** @param {InputSpec} spec @returns {Bound[]} */
function declared({ name, binding }) {
  /** @param {string[]} keys @param {End} end */
  const keysOf = (keys, end) => keys.map((key) => ({ name, end, source: `key:${key}` }));
  if (binding?.kind === "axis") {
    return [...keysOf(binding.negative_keys, -1), ...keysOf(binding.positive_keys, 1)];
  }
  if (binding?.kind !== "hold" && binding?.kind !== "press") return [];
  const buttons = binding.mouse_buttons.map(
    (button) => ({ name, end: /** @type {End} */ (1), source: `mouse:${button}` }));
  return [...keysOf(binding.keys, 1), ...buttons];
}

/**
 * Bind the left stick to movement, the D-pad to turning or movement, and the buttons to the rest.
 * @param {InputSpec[]} specs
 * @param {Bound[]} bound
 * @returns {Bound[]}
 */
function padBindings(specs, bound) {
  /** @type {Bound[]} */
  const pad = [];
  for (const way of Object.values(WAYS)) {
    const move = on(bound, `key:${way.wasd}`);
    const turn = on(bound, `key:${way.arrow}`);
    for (const target of move.length ? move : turn) pad.push({ ...target, source: `pad:${way.stick}` });
    for (const target of turn.length ? turn : move) pad.push({ ...target, source: `pad:b${way.pad}` });
  }
  const placed = new Set(pad.map(({ name }) => name));
  const taken = new Set(pad.map(({ source }) => source));
  for (const spec of specs.filter(({ name }) => !placed.has(name))) {
    for (const end of endsOf(spec)) {
      const habits = bound.filter((one) => one.name === spec.name && one.end === end)
        .map(({ source }) => HABITS.get(source)).filter((button) => button !== undefined);
      const button = [...habits, ...FREE_BUTTONS].find((one) => !taken.has(`pad:b${one}`));
      if (button === undefined) continue;
      taken.add(`pad:b${button}`);
      pad.push({ name: spec.name, end, source: `pad:b${button}` });
    }
  }
  return pad;
}

/**
 * Return the ends of an input: two for an axis, one for a hold or press, none otherwise.
 * @param {InputSpec} spec
 * @returns {End[]}
 */
export function endsOf({ binding }) {
  if (binding?.kind === "axis") return [-1, 1];
  return binding?.kind === "hold" || binding?.kind === "press" ? [1] : [];
}

/**
 * Return the targets of the on-screen stick by direction: those of WASD, or of the arrow keys.
 * @param {Bound[]} bound
 * @returns {{[way in Way]: Target[]}}
 */
export function directions(bound) {
  /** @param {Way} way */
  const of = (way) => {
    const wasd = on(bound, `key:${WAYS[way].wasd}`);
    return wasd.length ? wasd : on(bound, `key:${WAYS[way].arrow}`);
  };
  return { up: of("up"), down: of("down"), left: of("left"), right: of("right") };
}

/**
 * Return whether the bindings need an on-screen stick. For one direction, its button is enough.
 * @param {Bound[]} bound
 */
export function needsStick(bound) {
  return Object.values(directions(bound)).filter((targets) => targets.length).length > 1;
}

/**
 * @param {Bound[]} bound
 * @param {Source} source
 */
export function on(bound, source) {
  return bound.filter((one) => one.source === source);
}
