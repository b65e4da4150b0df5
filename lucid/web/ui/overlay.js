// @ts-check
/** @typedef {import("../client/bindings.js").Bound} Bound */
/** @typedef {import("../client/bindings.js").Target} Target */
/** @typedef {import("../client/protocol.js").InputSpec} InputSpec */

import { isComposing } from "../client/keyboard.js";
import { directions, endsOf } from "../client/bindings.js";
import { t } from "../client/texts.js";
import { inWords, labelOf, sourceName } from "../client/words.js";
import { html, nothing } from "../vendor/lit.js";
import { Part } from "./part.js";
import { isLive } from "./view.js";

/** @param {import("../client/controls.js").Device} device */
const motionOf = (device) => ({
  keyboard: { pointer: t`Mouse`, wheel: t`Wheel` },
  gamepad: { pointer: t`Right stick`, wheel: "" },
  touch: { pointer: t`Drag the picture`, wheel: "" },
}[device]);

/** On a phone, the input's name replaces a label that is longer than this. */
const MOST_LETTERS = 14;
/** The right one of two equal keys, which the left one stands for. */
const PAIR = /(Shift|Control|Alt|Meta)Right$/;

/**
 * The controls of the device in use, for every binding. A control lights up while it is held, and
 * the player can press it on the screen.
 */
class LucidOverlay extends Part {
  constructor() {
    super();
    /** The target that each pointer holds, by pointer id. @type {Map<number, Target>} */
    this.pointers = new Map();
    this.listeners = new AbortController();
  }

  connectedCallback() {
    super.connectedCallback();
    this.listeners = new AbortController();
    const options = { signal: this.listeners.signal, capture: true };
    const lift = (/** @type {PointerEvent} */ { pointerId }) => {
      const target = this.pointers.get(pointerId);
      if (target) this.player.controls?.release(target.name, target.end);
      this.pointers.delete(pointerId);
    };
    addEventListener("pointerup", lift, options);
    addEventListener("pointercancel", lift, options);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.listeners.abort();
    this.pointers.clear();
    this.player.controls?.releaseAll("screen:");
  }

  render() {
    const { player, view } = this;
    const specs = (view.hello?.manifest.inputs ?? []).filter(({ binding }) => binding);
    const bound = player.controls?.bound ?? [];
    const ways = directions(bound);
    const moves = Object.values(ways).every((targets) => targets.length === 1);
    const inCross = new Set(moves ? Object.values(ways).flat().map(keyOf) : []);
    return html`
      <div id="keys" role="group" aria-label=${t`Controls`}>
        ${moves ? html`<div class="cross" ?hidden=${view.device === "touch"}>
          ${(/** @type {const} */ (["up", "left", "down", "right"])).map((way) =>
            html`<span class=${way}>${this.#key(specs, ways[way][0], bound, false)}</span>`)}
        </div>` : nothing}
        <div class="row">
          ${specs.map((spec) => this.#rest(spec, bound, inCross))}
        </div>
      </div>`;
  }

  /**
   * @param {InputSpec} spec
   * @param {Bound[]} bound
   * @param {Set<string>} inCross
   */
  #rest(spec, bound, inCross) {
    const kind = spec.binding?.kind;
    if (kind === "pointer" || kind === "wheel") {
      const cap = motionOf(this.view.device)[kind];
      return cap && (this.view.device !== "touch" || (this.view.tips && isLive(this.view))) ? html`<span class="motion" data-input=${spec.name}><kbd>${cap}</kbd>
        ${labelOf(spec)}</span>` : nothing;
    }
    const ends = endsOf(spec).filter((end) => !inCross.has(keyOf({ name: spec.name, end })));
    return ends.map((end) => this.#key([spec], { name: spec.name, end }, bound, true));
  }

  /**
   * @param {InputSpec[]} specs
   * @param {Target} target
   * @param {Bound[]} bound
   * @param {boolean} labelled
   */
  #key(specs, { name, end }, bound, labelled) {
    const { player, view } = this;
    const spec = specs.find((one) => one.name === name);
    if (!spec) return nothing;
    const kinds = view.device === "gamepad" ? ["pad:"] : ["key:", "mouse:"];
    const caps = view.device === "touch" ? [] : bound
      .filter((one) => one.name === name && one.end === end
        && kinds.some((kind) => one.source.startsWith(kind)))
      .map(({ source }) => source)
      .filter((source, _, all) => !PAIR.test(source) || !all.includes(source.replace(PAIR, "$1Left")))
      .map(sourceName);
    const shown = caps.slice(0, labelled ? 2 : 1);
    const axis = spec.binding?.kind === "axis";
    const label = axis ? `${labelOf(spec)} ${end > 0 ? "+" : "−"}` : labelOf(spec);
    const shortLabel = view.device === "touch" && label.length > MOST_LETTERS ? inWords(name) : label;
    const held = view.held[name]?.has(end) ?? false;
    const down = () => player.controls?.press(name, end);
    const up = () => player.controls?.release(name, end);
    const disabled = !isLive(view) || !view.open || (view.state === "paused" && !spec.paused);
    if (disabled && held) queueMicrotask(up); // a disabled button gets no release event
    return html`
      <button type="button" class="key" data-input=${name} ?data-held=${held} ?disabled=${disabled}
        data-end=${end} title=${label}
        aria-label=${[...shown, label].join(" ")}
        aria-pressed=${spec.binding?.kind === "press" ? nothing : String(held)}
        @pointerdown=${(/** @type {PointerEvent} */ event) => {
          if (event.button !== 0) return;
          this.pointers.set(event.pointerId, { name, end });
          down();
        }}
        @blur=${up} @keyup=${up}
        @contextmenu=${(/** @type {Event} */ event) => event.preventDefault()}
        @keydown=${(/** @type {KeyboardEvent} */ event) => {
          if (event.repeat || isComposing(event) || !["Space", "Enter"].includes(event.code)) return;
          event.preventDefault();
          down();
        }}>
        ${shown.map((cap) => html`<kbd>${cap}</kbd>`)}
        ${labelled || !caps.length ? html`<span>${shortLabel}</span>` : nothing}
      </button>`;
  }
}

/** @param {Target} target */
function keyOf({ name, end }) {
  return `${name}:${end}`;
}

customElements.define("lucid-overlay", LucidOverlay);
