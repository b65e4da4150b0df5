// @ts-check
/** @typedef {import("../client/bindings.js").Bound} Bound */
/** @typedef {import("../client/bindings.js").Target} Target */

import { endsOf } from "../client/bindings.js";
import { pads } from "../client/gamepad.js";
import { codeOf, isComposing } from "../client/keyboard.js";
import { t } from "../client/texts.js";
import { labelOf, sourceName } from "../client/words.js";
import { html, nothing } from "../vendor/lit.js";
import { icon } from "./icons.js";
import { Part } from "./part.js";

/** The settings of picture, controls and bindings, stored per model. */
class LucidSettings extends Part {
  static properties = { ...Part.properties, asking: { state: true }, conflict: { state: true } };

  constructor() {
    super();
    /** The target to which the next key or button is bound. @type {Target|null} */
    this.asking = null;
    /** The last binding and its conflicts. @type {{bound: Bound, others: Bound[]}|null} */
    this.conflict = null;
    this.listeners = new AbortController();
  }

  render() {
    const { kept } = this.view;
    const { player, view } = this;
    const looks = view.hello?.manifest.inputs.some(({ binding }) => binding?.kind === "pointer");
    const hands = view.device !== "touch" || pads().length > 0; // a phone has no keys to remap
    return html`
      <div class="settings">
        <label class="field">${t`Picture`}
          <select data-setting="scaling" @change=${(/** @type {Event} */ event) => player.keep({
            scaling: /** @type {any} */ (/** @type {HTMLSelectElement} */ (event.target).value),
          })}>
            <option value="smooth" ?selected=${kept.scaling === "smooth"}>${t`Smooth`}</option>
            <option value="pixelated" ?selected=${kept.scaling === "pixelated"}>${t`Pixelated`}</option>
          </select></label>
        ${looks ? html`<label class="field"><span class="label">${t`Sensitivity`}
          <span class="value">${kept.sensitivity.toFixed(1)}</span></span>
          <input type="range" min="0.1" max="4" step="0.1" data-setting="sensitivity"
            .value=${String(kept.sensitivity)} @input=${(/** @type {Event} */ event) =>
              player.keep({ sensitivity: Number(/** @type {HTMLInputElement} */ (event.target).value) })}>
        </label>
        ${this.#switch("invertY", t`Invert up and down`, kept.invertY)}` : nothing}
        ${this.#switch("overlay", t`Show the controls`, kept.overlay)}
        ${this.#switch("tcp", t`Send the video over TCP`, kept.tcp)}
      </div>
      ${hands ? html`<h3>${t`Keys and buttons`}</h3>
      ${this.conflict ? this.#warning(this.conflict) : nothing}
      <table class="remap"><tbody>${this.#rows()}</tbody></table>
      <div class="beside end"><button type="button" ?disabled=${kept.bindings === null}
        @click=${() => this.#bind(null)}>${t`Reset to defaults`}</button></div>` : nothing}`;
  }

  connectedCallback() {
    super.connectedCallback();
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    addEventListener("keydown", (event) => {
      if (!this.asking || isComposing(event)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const code = codeOf(event);
      if (code === "Escape") this.asking = null;
      else if (code) this.#take(`key:${code}`);
    }, { signal, capture: true });
    addEventListener("mousedown", (event) => {
      if (!this.asking) return;
      event.preventDefault();
      this.#take(`mouse:${event.button}`);
    }, { signal, capture: true });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.listeners.abort();
  }

  get bound() {
    return this.player.controls?.bound ?? [];
  }

  /** @param {"invertY"|"overlay"|"tcp"} name @param {string} label @param {boolean} on */
  #switch(name, label, on) {
    return html`<label class="field toggle"><span class="label">${label}</span>
      <input type="checkbox" role="switch" data-setting=${name} .checked=${on}
        @change=${() => this.player.keep({ [name]: !on })}></label>`;
  }

  #rows() {
    const specs = this.view.hello?.manifest.inputs ?? [];
    return specs.flatMap((spec) => endsOf(spec).map((end) => {
      const label = endsOf(spec).length > 1
        ? `${labelOf(spec)} ${end > 0 ? "+" : "−"}` : labelOf(spec);
      const target = { name: spec.name, end };
      const asks = this.asking?.name === spec.name && this.asking.end === end;
      return html`<tr data-remap=${`${spec.name}:${end}`}><th scope="row">${label}</th><td>
        ${this.bound.filter((one) => isFor(one, target)).map((one) => html`
          <button type="button" class="cap" title=${t`Remove`}
            aria-label=${t`${label}: remove ${sourceName(one.source)}`}
            @click=${() => this.#bind(this.bound.filter((other) => other !== one))}>
            <kbd>${sourceName(one.source)}</kbd>${icon("close")}</button>`)}
        <button type="button" class="cap add" aria-label=${t`${label}: add a key or button`}
          aria-pressed=${String(asks)} @click=${() => this.#ask(asks ? null : target)}>
          ${asks ? t`Press a key… (Esc cancels)` : "+"}</button></td></tr>`;
    }));
  }

  /** @param {{bound: Bound, others: Bound[]}} conflict */
  #warning({ bound, others }) {
    const specs = this.view.hello?.manifest.inputs ?? [];
    const names = others.map(({ name }) => labelOf(specs.find((spec) => spec.name === name) ?? { name, description: "" }));
    return html`<div class="warning" role="alert">
      <p>${t`${sourceName(bound.source)} is also bound to: ${names.join(", ")}.`}</p>
      <button type="button" @click=${() => this.#bind(this.bound.filter((one) => !others.includes(one)))}>
        ${t`Bind it only here`}</button>
      <button type="button" @click=${() => (this.conflict = null)}>${t`Keep both`}</button></div>`;
  }

  /** @param {Target|null} target */
  #ask(target) {
    this.asking = target;
    const held = () => this.player.controls?.gamepads.held ?? new Map();
    const before = new Set(held().keys());
    const poll = () => {
      if (!this.isConnected || !this.asking || this.asking !== target) return;
      const pressed = [...held()].find(([source, amount]) => amount > 0.6 && !before.has(source));
      if (pressed) this.#take(pressed[0]);
      else requestAnimationFrame(poll);
    };
    requestAnimationFrame(poll);
  }

  /** @param {string} source */
  #take(source) {
    const target = /** @type {Target} */ (this.asking);
    this.asking = null;
    const others = this.bound.filter((one) => one.source === source && !isFor(one, target));
    const rest = this.bound.filter((one) => !(one.source === source && isFor(one, target)));
    const bound = { ...target, source };
    this.#bind([...rest, bound]);
    this.conflict = others.length ? { bound, others } : null;
  }

  /** @param {Bound[]|null} bindings */
  #bind(bindings) {
    this.conflict = null;
    this.player.controls?.releaseAll();
    this.player.keep({ bindings });
  }
}

/** @param {Bound} bound @param {Target} target */
function isFor(bound, { name, end }) {
  return bound.name === name && bound.end === end;
}

customElements.define("lucid-settings", LucidSettings);
