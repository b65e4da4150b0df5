// @ts-check
/** @typedef {import("../client/protocol.js").InputSpec} InputSpec */
/** @typedef {import("../client/schema.js").Argument} Argument */

import { argumentsOf } from "../client/schema.js";
import { t } from "../client/texts.js";
import { labelOf } from "../client/words.js";
import { html, nothing } from "../vendor/lit.js";
import "./capture.js";
import { read, template } from "./field.js";
import { refusal } from "./notices.js";
import { Part } from "./part.js";
import "./prompt.js";
import "./seed.js";

const SENT_MS = 1500;

/**
 * The form of an input without a binding. With one argument it sends each edit, with several it
 * sends them on Apply, and with none it is a button.
 */
export class LucidInput extends Part {
  static properties = {
    ...Part.properties, spec: { attribute: false }, busy: { state: true }, sent: { state: true },
  };

  constructor() {
    super();
    /** @type {InputSpec} */
    this.spec;
    this.busy = false;
    this.sent = false;
    /** @type {Argument[]} */
    this.args = [];
  }

  willUpdate(/** @type {Map<string, unknown>} */ changed) {
    if (changed.has("spec")) this.args = argumentsOf(this.spec.arguments);
  }

  render() {
    const { spec, args, player } = this;
    const label = labelOf(spec);
    const [first] = args;
    const alone = args.length === 1;
    const disabled = this.busy || !this.view.open || !player.session?.accepts(spec);
    const prompts = alone && first.kind === "text";
    if (first?.kind === "capture") {
      return html`<div class="control" data-input=${spec.name}>
        <lucid-capture .player=${player} .view=${this.view} .spec=${first.schema.capture}
          .label=${label} .name=${spec.name} .disabled=${disabled}></lucid-capture></div>`;
    }
    return html`
      <form class="control" data-input=${spec.name} ?data-sent=${this.sent} ?data-busy=${this.busy}
        @submit=${this.#onSubmit}>
        <fieldset ?disabled=${disabled}>
          ${args.length > 1 ? html`<legend>${label}</legend>` : nothing}
          ${prompts
            ? html`<lucid-prompt .player=${player} .view=${this.view} .argument=${first}
                .label=${label} .disabled=${disabled}></lucid-prompt>`
            : args.map((argument) => template(argument, {
              label: alone ? label : argument.label,
              disabled,
              input: this,
              onEdit: alone ? () => this.form.requestSubmit() : () => {},
            }))}
          ${args.length === 0 ? html`<button>${label}</button>` : nothing}
          ${args.length > 1 ? html`<button>${t`Apply`}</button>` : nothing}
          ${refusal(this.view, spec.name)}
        </fieldset>
      </form>`;
  }

  get form() {
    return /** @type {HTMLFormElement} */ (this.querySelector("form"));
  }

  /** @param {SubmitEvent} event */
  #onSubmit(event) {
    event.preventDefault();
    this.#send();
  }

  async #send() {
    const { session } = this.player;
    if (!session?.accepts(this.spec)) return;
    const values = this.args.map((argument) =>
      /** @type {[string, unknown]} */ ([argument.name, read(argument, this)]));
    this.busy = values.some(([, value]) => value instanceof Promise);
    try {
      const settled = this.busy ? await settle(values) : values;
      session.sendInput(this.spec.name, Object.fromEntries(settled.filter(isSet)));
      this.#remember();
      this.sent = true;
      setTimeout(() => (this.sent = false), SENT_MS);
    } catch (error) {
      this.player.report(error, this.spec.name);
    }
    this.busy = false;
  }

  #remember() {
    const [only] = this.args;
    if (this.args.length === 1 && only.kind === "text") {
      const box = /** @type {HTMLTextAreaElement} */ (this.querySelector("textarea"));
      this.player.keepPrompt(box.value);
    }
  }
}

/** @param {[string, unknown][]} values */
function settle(values) {
  return Promise.all(values.map(
    async ([name, value]) => /** @type {[string, unknown]} */ ([name, await value])));
}

/** @param {[string, unknown]} entry */
function isSet([, value]) {
  return value !== undefined;
}

customElements.define("lucid-input", LucidInput);
