// @ts-check
import { t } from "../client/texts.js";
import { inWords } from "../client/words.js";
import { html, nothing, svg } from "../vendor/lit.js";

/** How much of the past a graph shows. */
const SHOWN_MS = 20_000;
/** Values that arrive sooner after the last point move that point. */
const APART_MS = 50;
/** Rows of one output; further members are counted. */
const MOST = 24;
const [WIDTH, HEIGHT] = [100, 24];
/** The range of a graph is at least this share of its largest number. */
const LEAST_SPAN = 0.1;

/**
 * A number, a text or a truth value in a JSON value; its name is its path.
 * @typedef {{name: string, value: unknown}} Leaf
 * @typedef {{at_ms: number, value: number}} Point
 */

/** The values of one JSON output: the newest, and the numbers of the last 20 s. */
export class Values {
  /** @type {Map<string, Point[]>} */
  #past = new Map();
  /** @type {Leaf[]} */
  #leaves = [];
  #now_ms = 0;

  /** @param {unknown} value @param {number} now_ms */
  add(value, now_ms) {
    this.#now_ms = now_ms;
    this.#leaves = leavesOf("", value);
    const known = new Set(this.#leaves.map(({ name }) => name));
    for (const name of this.#past.keys()) if (!known.has(name)) this.#past.delete(name);
    for (const leaf of this.#leaves.slice(0, MOST)) {
      if (typeof leaf.value === "number") this.#note(leaf.name, leaf.value);
    }
  }

  render() {
    const more = this.#leaves.length - MOST;
    return html`
      <dl class="values">${this.#leaves.slice(0, MOST).map(({ name, value }) => html`
        <div data-value=${name}>${name ? html`<dt>${inWords(name)}</dt>` : nothing}
          ${typeof value === "number" ? this.#graph(name) : nothing}
          <dd>${textOf(value)}</dd></div>`)}
      </dl>
      ${more > 0 ? html`<p class="muted">${t`and ${more} more`}</p>` : nothing}`;
  }

  /** @param {string} name @param {number} value */
  #note(name, value) {
    const points = this.#past.get(name) ?? [];
    const last = points.at(-1);
    const point = { at_ms: this.#now_ms, value };
    if (last && points.length > 1 && point.at_ms - points[points.length - 2].at_ms < APART_MS) {
      points[points.length - 1] = point;
    } else {
      points.push(point);
    }
    while (points.length > 2 && points[1].at_ms < this.#now_ms - SHOWN_MS) points.shift();
    this.#past.set(name, points);
  }

  /** Draw a number over time. Its newest value stands beside it as text. @param {string} name */
  #graph(name) {
    const points = this.#past.get(name) ?? [];
    const values = points.map(({ value }) => value);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    // A number that hardly changes is drawn as a line that hardly moves.
    const span = Math.max(high - low, LEAST_SPAN * Math.max(Math.abs(low), Math.abs(high)));
    const line = points.map(({ at_ms, value }) => {
      const x = WIDTH * (1 - (this.#now_ms - at_ms) / SHOWN_MS);
      const y = span > 0 ? (value - (low + high) / 2) / span : 0;
      return `${x.toFixed(1)},${(HEIGHT / 2 - y * (HEIGHT - 4)).toFixed(1)}`;
    }).join(" ");
    return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
      <title>${t`${textOf(low)} to ${textOf(high)} in the last ${SHOWN_MS / 1000} s`}</title>
      ${svg`<polyline points=${line} vector-effect="non-scaling-stroke"/>`}</svg>`;
  }
}

/**
 * Return the members of a JSON value, those of nested objects too. A list is one text.
 * @param {string} name
 * @param {unknown} value
 * @returns {Leaf[]}
 */
function leavesOf(name, value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [{ name, value }];
  return Object.entries(value).flatMap(([key, member]) =>
    leavesOf(name ? `${name} ${key}` : key, member));
}

/** @param {unknown} value */
function textOf(value) {
  if (typeof value === "string") return value;
  if (typeof value !== "number" || Number.isInteger(value)) return JSON.stringify(value);
  return String(Number(value.toPrecision(4)));
}
