// @ts-check
/** @typedef {import("./protocol.js").InputSpec} InputSpec */

/**
 * The end of an input that a source moves. Holds and presses have only the positive end.
 * @typedef {1|-1} End
 *
 * @typedef {object} Held
 * @property {InputSpec} spec
 * @property {Map<string, number>} sources amount (-1..1) of each source that holds the input
 * @property {number} sent the last value sent to the server
 */

/** The amount from which a stick holds an input that is only on or off. */
const HELD_FROM = 0.4;

/**
 * The held and pressed inputs. Keys, mouse buttons, gamepads and on-screen buttons can hold one
 * input together. A value is sent when it changes, and a release is sent in every session state.
 */
export class Inputs {
  /** @type {Map<string, Held>} */
  #held = new Map();
  #accepts;
  #send;
  /** Called when the held ends change. @type {(name: string, ends: Set<End>) => void} */
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
   * Hold an end of an input by a source, or change how far it is held: `amount` is 0..1.
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
    if (known === undefined || Math.sign(known) !== end) this.#notify(held);
  }

  /**
   * Release everything that a source holds.
   * @param {string} source
   */
  release(source) {
    this.#drop((held) => held === source);
  }

  /**
   * Release all sources of a kind ("key:", "mouse:", "pad:", "screen:"), or all sources.
   * @param {string} kind
   */
  releaseAll(kind = "") {
    this.#drop((source) => source.startsWith(kind));
  }

  /** After a state change, send the held inputs that were not accepted before, and releases. */
  sync() {
    for (const held of this.#held.values()) this.#sync(held);
  }

  /** Reset the sent values for a new session, in which nothing is held. */
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
      this.#notify(held);
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
  #notify(held) {
    const ends = [...held.sources.values()].map((pull) => /** @type {End} */ (Math.sign(pull)));
    this.onChange(held.spec.name, new Set(ends));
  }
}
