// @ts-check
/** @typedef {import("./protocol.js").InputSpec} InputSpec */

/**
 * Which end of an input a source pulls: axes have two, holds and presses only the positive one.
 * @typedef {1|-1} End
 *
 * @typedef {object} Held
 * @property {InputSpec} spec
 * @property {Map<string, number>} sources what holds it, such as "key:KeyW", and how far: -1..1
 * @property {number} sent the value that the server knows
 */

/** A stick is held from here on, where an input knows only on and off. */
const HELD_FROM = 0.4;

/**
 * The inputs that are held or pressed, each by any number of sources at once: keys, mouse buttons,
 * a gamepad, buttons on the screen. Sends a value when it changes, and a release whatever the
 * state.
 */
export class Inputs {
  /** @type {Map<string, Held>} */
  #held = new Map();
  #accepts;
  #send;
  /** Told when an end is held or let go. @type {(name: string, ends: Set<End>) => void} */
  onChange = () => {};

  /**
   * @param {InputSpec[]} specs
   * @param {(spec: InputSpec) => boolean} accepts
   * @param {(name: string, args: {[argument: string]: unknown}) => void} send
   */
  constructor(specs, accepts, send) {
    this.#accepts = accepts;
    this.#send = send;
    for (const spec of specs) {
      if (["hold", "press", "axis"].includes(spec.binding?.kind ?? "")) {
        this.#held.set(spec.name, { spec, sources: new Map(), sent: 0 });
      }
    }
  }

  /**
   * A source begins to hold an end of an input, or holds it further: `amount` is 0..1.
   * @param {string} name
   * @param {End} end
   * @param {string} source
   * @param {number} [amount]
   */
  press(name, end, source, amount = 1) {
    const held = this.#held.get(name);
    if (!held) return;
    const known = held.sources.get(source);
    if (known === end * amount) return;
    held.sources.set(source, end * amount);
    if (held.spec.binding?.kind !== "press") this.#sync(held);
    else if (known === undefined && this.#accepts(held.spec)) this.#send(name, {});
    if (known === undefined || Math.sign(known) !== end) this.#tell(held);
  }

  /**
   * Whatever this source holds, it lets go.
   * @param {string} source
   */
  release(source) {
    this.#drop((held) => held === source);
  }

  /**
   * All sources of a kind ("key:", "mouse:", "pad:", "screen:") let go; without one, all.
   * @param {string} kind
   */
  releaseAll(kind = "") {
    this.#drop((source) => source.startsWith(kind));
  }

  /** The state changed: send what is held but was not accepted, release what no longer is. */
  sync() {
    for (const held of this.#held.values()) this.#sync(held);
  }

  /** A fresh session knows of nothing that is held. */
  forget() {
    for (const held of this.#held.values()) held.sent = 0;
  }

  /** @param {(source: string) => boolean} matches */
  #drop(matches) {
    for (const held of this.#held.values()) {
      const gone = [...held.sources.keys()].filter(matches);
      if (!gone.length) continue;
      for (const source of gone) held.sources.delete(source);
      this.#sync(held);
      this.#tell(held);
    }
  }

  /** @param {Held} held */
  #sync(held) {
    const { binding, name } = held.spec;
    if (binding?.kind !== "hold" && binding?.kind !== "axis") return;
    const pulls = [...held.sources.values()];
    const wanted = binding.kind === "hold"
      ? Number(pulls.some((pull) => pull >= HELD_FROM))
      : Math.max(0, ...pulls) + Math.min(0, ...pulls);
    const value = this.#accepts(held.spec) ? wanted : 0;
    if (value === held.sent) return;
    held.sent = value;
    this.#send(name, binding.kind === "hold" ? { pressed: value === 1 } : { value });
  }

  /** @param {Held} held */
  #tell(held) {
    const ends = [...held.sources.values()].map((pull) => /** @type {End} */ (Math.sign(pull)));
    this.onChange(held.spec.name, new Set(ends));
  }
}
