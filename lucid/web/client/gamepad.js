// @ts-check
/** @typedef {import("./bindings.js").Source} Source */

const DEAD = 0.15;
/** How fast a stick pushed all the way moves the pointer, in CSS pixels a second. */
const LOOK_PX_S = 900;
/** The right stick of the standard layout. */
const LOOK_AXES = [2, 3];

/**
 * @typedef {object} PadEvents
 * @property {(source: Source, amount: number) => void} hold `amount` 0 lets go
 * @property {(dx: number, dy: number) => void} look
 * @property {(id: string|null) => void} used a gamepad was touched, or the last one is gone
 */

/** Reads every connected gamepad once per animation frame. */
export class Gamepads {
  #events;
  /** @type {Map<Source, number>} */
  #held = new Map();
  #frame = 0;
  #then_ms = 0;

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
    this.#frame = requestAnimationFrame((now_ms) => this.#read(now_ms));
  }

  /** @param {number} now_ms */
  #read(now_ms) {
    const connected = pads();
    const elapsed_s = Math.min(Math.max(now_ms - this.#then_ms, 0), 100) / 1000;
    this.#then_ms = now_ms;
    /** @type {Map<Source, number>} */
    const held = new Map();
    for (const pad of connected) {
      for (const [source, amount] of heldOn(pad)) {
        held.set(source, Math.max(amount, held.get(source) ?? 0));
      }
      const [dx, dy] = LOOK_AXES.map((axis) => alive(pad.axes[axis] ?? 0));
      if (dx || dy) this.#events.look(curve(dx) * LOOK_PX_S * elapsed_s, curve(dy) * LOOK_PX_S * elapsed_s);
      if (dx || dy || heldOn(pad).length) this.#events.used(pad.id);
    }
    for (const source of this.#held.keys()) if (!held.has(source)) this.#events.hold(source, 0);
    for (const [source, amount] of held) this.#events.hold(source, amount);
    this.#held = held;
    if (connected.length) this.#frame = requestAnimationFrame((next_ms) => this.#read(next_ms));
    else this.#events.used(null);
  }
}

/** Gamepads that can be read; Firefox and Safari hide them from a page without a secure context. */
export function pads() {
  if (!("getGamepads" in navigator)) return [];
  return [...navigator.getGamepads()].filter((pad) => pad !== null);
}

/**
 * @param {Gamepad} pad
 * @returns {[Source, number][]}
 */
export function heldOn(pad) {
  /** @type {[Source, number][]} */
  const held = [];
  pad.buttons.forEach(({ pressed, value }, index) => {
    if (pressed || value > DEAD) held.push([`pad:b${index}`, value || 1]);
  });
  pad.axes.forEach((raw, index) => {
    const value = alive(raw);
    if (!LOOK_AXES.includes(index) && value) {
      held.push([`pad:a${index}${value > 0 ? "+" : "-"}`, Math.abs(value)]);
    }
  });
  return held;
}

/** Zero around the middle, then from zero up to one, in steps that noise does not cross. @param {number} value */
function alive(value) {
  const beyond = Math.min(1, (Math.abs(value) - DEAD) / (1 - DEAD));
  return beyond <= 0 ? 0 : Math.sign(value) * Math.round(beyond * 20) / 20;
}

/** Fine near the middle. @param {number} value */
function curve(value) {
  return value * Math.abs(value);
}
