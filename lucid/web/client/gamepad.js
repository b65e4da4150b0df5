// @ts-check
/** @typedef {import("./bindings.js").Source} Source */

const DEAD = 0.15;
/** Pointer speed of a fully deflected stick, in CSS pixels per second. */
const LOOK_PX_S = 900;
/** The right stick of the standard layout. */
const LOOK_AXES = [2, 3];
/** Some browsers report values slightly above 1 for a fully deflected stick. */
const MOST = 1.01;
/** How long an axis must stay centred to count as at rest; a pedal only passes the centre. */
const REST_MS = 300;

/**
 * @typedef {object} PadEvents
 * @property {(source: Source, amount: number) => void} hold `amount` 0 releases the source
 * @property {(dx: number, dy: number) => void} look
 * @property {(id: string|null) => void} used a gamepad was used (null: the last one disconnected)
 */

/** Reads every connected gamepad once per animation frame. */
export class Gamepads {
  /** The held sources and their amounts. @type {ReadonlyMap<Source, number>} */
  held = new Map();
  #events;
  #frame = 0;
  #then_ms = 0;
  /** The gamepads without the standard layout, by index. @type {Map<number, RawPad>} */
  #raw = new Map();

  /**
   * @param {PadEvents} events
   * @param {AbortSignal} signal
   */
  constructor(events, signal) {
    this.#events = events;
    if (!("getGamepads" in navigator)) return;
    addEventListener("gamepadconnected", () => this.#start(), { signal });
    signal.addEventListener("abort", () => cancelAnimationFrame(this.#frame));
    if (pads().length) this.#start();
  }

  #start() {
    cancelAnimationFrame(this.#frame);
    this.#then_ms = performance.now();
    for (const pad of pads()) this.#rawPadOf(pad);
    this.#frame = requestAnimationFrame((now_ms) => this.#read(now_ms));
  }

  /**
   * Return the state of a gamepad without the standard layout; null for a standard gamepad.
   * @param {Gamepad} pad
   */
  #rawPadOf(pad) {
    if (isStandard(pad)) return null;
    const known = this.#raw.get(pad.index);
    if (known?.id === pad.id) return known;
    const raw = new RawPad(pad);
    this.#raw.set(pad.index, raw);
    return raw;
  }

  /** @param {number} now_ms */
  #read(now_ms) {
    const connected = pads();
    const elapsed_s = Math.min(Math.max(now_ms - this.#then_ms, 0), 100) / 1000;
    this.#then_ms = now_ms;
    /** @type {Map<Source, number>} */
    const held = new Map();
    for (const pad of connected) {
      const sources = this.#rawPadOf(pad)?.held(pad, now_ms) ?? heldOn(pad);
      for (const [source, amount] of sources) {
        held.set(source, Math.max(amount, held.get(source) ?? 0));
      }
      const [dx, dy] = isStandard(pad) ? LOOK_AXES.map((axis) => withDeadZone(pad.axes[axis] ?? 0)) : [0, 0];
      if (dx || dy) this.#events.look(curve(dx) * LOOK_PX_S * elapsed_s, curve(dy) * LOOK_PX_S * elapsed_s);
      if (dx || dy || sources.length) this.#events.used(pad.id);
    }
    for (const index of this.#raw.keys()) {
      if (!connected.some((pad) => pad.index === index)) this.#raw.delete(index);
    }
    for (const source of this.held.keys()) if (!held.has(source)) this.#events.hold(source, 0);
    for (const [source, amount] of held) this.#events.hold(source, amount);
    this.held = held;
    if (connected.length) this.#frame = requestAnimationFrame((next_ms) => this.#read(next_ms));
    else this.#events.used(null);
  }
}

/**
 * A gamepad whose layout the browser does not know. Its axes may be triggers that rest at -1, hats
 * that rest above 1 or throttles that rest anywhere, and its buttons may be switches. Therefore a
 * control is ignored until it has been at rest: a released button or a centred axis.
 */
class RawPad {
  /** @type {Set<Source>} */
  #usable = new Set();
  /** When each control came to rest. @type {Map<Source, number>} */
  #since_ms = new Map();

  /** @param {Gamepad} pad */
  constructor(pad) {
    this.id = pad.id;
    this.held(pad, -Infinity);
  }

  /**
   * @param {Gamepad} pad
   * @param {number} now_ms
   * @returns {[Source, number][]}
   */
  held(pad, now_ms) {
    const held = heldOn(pad);
    const moved = new Set(held.map(([source]) => controlOf(source)));
    pad.buttons.forEach((_, index) => this.#trackRest(`pad:b${index}`, !moved.has(`pad:b${index}`), 0, now_ms));
    pad.axes.forEach((value, index) =>
      this.#trackRest(`pad:a${index}`, Math.abs(value) <= DEAD, REST_MS, now_ms));
    return held.filter(([source]) => this.#usable.has(controlOf(source)));
  }

  /**
   * @param {Source} control
   * @param {boolean} resting
   * @param {number} wait_ms
   * @param {number} now_ms
   */
  #trackRest(control, resting, wait_ms, now_ms) {
    if (!resting) this.#since_ms.delete(control);
    else if (!this.#since_ms.has(control)) this.#since_ms.set(control, now_ms);
    const since_ms = this.#since_ms.get(control) ?? Infinity;
    if (since_ms + wait_ms <= now_ms) this.#usable.add(control);
  }
}

/** Return the axis of a source such as "pad:a1-", or the button itself. @param {Source} source */
function controlOf(source) {
  return source.replace(/[+-]$/, "");
}

/** Whether the browser knows what each button and axis of a gamepad is. @param {Gamepad} pad */
export function isStandard({ mapping }) {
  return mapping === "standard";
}

/** Return the connected gamepads. Firefox and Safari return none without a secure context. */
export function pads() {
  if (!("getGamepads" in navigator)) return [];
  return [...navigator.getGamepads()].filter((pad) => pad !== null).filter(({ connected }) => connected);
}

/**
 * @param {Gamepad} pad
 * @returns {[Source, number][]}
 */
function heldOn(pad) {
  /** @type {[Source, number][]} */
  const held = [];
  pad.buttons.forEach(({ pressed, value }, index) => {
    if (pressed || value > DEAD) held.push([`pad:b${index}`, value || 1]);
  });
  pad.axes.forEach((raw, index) => {
    const value = withDeadZone(raw);
    if (value && !(isStandard(pad) && LOOK_AXES.includes(index))) {
      held.push([`pad:a${index}${value > 0 ? "+" : "-"}`, Math.abs(value)]);
    }
  });
  return held;
}

/**
 * Apply a dead zone and round to steps larger than the noise. A value outside -1..1 counts as zero,
 * because a hat reports such a value at rest.
 * @param {number} value
 */
function withDeadZone(value) {
  if (!(Math.abs(value) <= MOST)) return 0;
  const beyond = Math.min(1, (Math.abs(value) - DEAD) / (1 - DEAD));
  return beyond <= 0 ? 0 : Math.sign(value) * Math.round(beyond * 20) / 20;
}

/** Reduce the sensitivity near the centre. @param {number} value */
function curve(value) {
  return value * Math.abs(value);
}
