// @ts-check
/** @typedef {import("./protocol.js").InputSpec} InputSpec */

/** The full state is sent at this interval, so that the server knows that the player is there. */
const BEAT_MS = 100;
/** Each message repeats the changes that the server has not confirmed, at most this many. */
const REPEATED = 32;

/** What a player holds, its unconfirmed changes and the sums of all motion, in messages that may be lost. */
export class HeldInputs {
  /** The kind of each input's binding. @type {Map<string, string|undefined>} */
  #kinds = new Map();
  /** @type {{[name: string]: {[argument: string]: unknown}}} */
  #held = {};
  /** @type {{seq: number, name: string, args: object}[]} */
  #changes = [];
  /** @type {{[name: string]: {[argument: string]: number}}} */
  #motion = {};
  #number = 0;
  #seq = 0;
  #timer = 0;
  #send;

  /** @param {(message: object) => unknown} send returns true if the connection is reliable */
  constructor(send) {
    this.#send = send;
  }

  /** Start again on a new connection. @param {InputSpec[]} specs */
  reset(specs) {
    this.stop();
    this.#kinds = new Map(specs.map(({ name, binding }) => [name, binding?.kind]));
    this.#changes = [];
    this.#motion = {};
    this.forget();
  }

  /** Forget what is held, because the server released everything. */
  forget() {
    this.#held = {};
  }

  /**
   * Send a change, and from now on the full state. Return false for an input of another kind.
   * @param {number} seq
   * @param {string} name
   * @param {{[argument: string]: unknown}} args
   */
  change(seq, name, args) {
    const kind = this.#kinds.get(name);
    const values = Object.entries(args);
    if (kind === "hold" || kind === "axis") {
      this.#changes = [...this.#changes, { seq, name, args }].slice(-REPEATED);
      if (values.some(([, value]) => value)) this.#held[name] = args;
      else delete this.#held[name];
    } else if (kind === "pointer" || kind === "wheel") {
      const sums = this.#motion[name] ?? {};
      this.#motion[name] = Object.fromEntries(
        values.map(([key, value]) => [key, (sums[key] ?? 0) + Number(value)]));
    } else {
      return false;
    }
    this.#seq = seq;
    this.#beat();
    return true;
  }

  /** Handle the server's reply: it has applied all changes up to `seq`. @param {number} seq */
  onApplied(seq) {
    this.#changes = this.#changes.filter((change) => change.seq > seq);
  }

  /** Return the next message with the full state, or null if there was no change yet. */
  message() {
    if (!this.#timer) return null;
    this.#number += 1;
    return {
      type: "held", number: this.#number, seq: this.#seq, held: this.#held, changes: this.#changes,
      motion: this.#motion,
    };
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = 0;
  }

  #beat() {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#beat(), BEAT_MS);
    if (this.#send(/** @type {object} */ (this.message()))) this.#changes = [];
  }
}
