// @ts-check
/** @typedef {import("../client/schema.js").Argument} Argument */

import { isComposing } from "../client/keyboard.js";
import { t } from "../client/texts.js";
import { html, nothing } from "../vendor/lit.js";
import { icon } from "./icons.js";
import { Part } from "./part.js";

const MOST_CHIPS = 8;

/** The prompt box, with the port's example prompts and the sent prompts (also by ↑ and ↓). */
class LucidPrompt extends Part {
  static properties = {
    ...Part.properties, argument: { attribute: false }, label: {}, disabled: { attribute: false },
  };

  constructor() {
    super();
    /** @type {Argument} */
    this.argument;
    this.label = "";
    this.disabled = false;
    /** The position in the history, newest first; -1 is the unsent text. */
    this.back = -1;
    /** The unsent text, while the box shows the history. */
    this.draft = "";
  }

  render() {
    const { argument, view } = this;
    const { minLength = 0, maxLength } = argument.schema;
    const { examples } = argument;
    const old = view.kept.prompts.filter((one) => !examples.includes(one));
    return html`
      <label class="field"><span class="label">${this.label}</span>
        <textarea rows="2" data-argument=${argument.name}
          .defaultValue=${String(argument.initial ?? "")} maxlength=${maxLength ?? nothing}
          minlength=${argument.nullable ? 0 : minLength}
          ?required=${!argument.nullable && minLength > 0}
          placeholder=${examples[0] ?? t`Describe the world`}
          @keydown=${this.#onKey}></textarea></label>
      <div class="beside end">
        ${old.length ? html`<details class="history"><summary>${t`History`}</summary>
          <ul>${old.map((prompt) => html`<li><button type="button" class="link"
            @click=${() => this.#use(prompt)}>${prompt}</button></li>`)}</ul></details>` : nothing}
        <button class="primary small" aria-label=${t`Send: ${this.label}`}>${t`Send`} ${icon("send")}</button>
      </div>
      ${examples.length ? html`<div class="chips" role="group" aria-label=${t`Presets`}>
        ${examples.slice(0, MOST_CHIPS).map((prompt) => html`
          <button type="button" class="chip" @click=${() => this.#use(prompt)}>${prompt}</button>`)}
      </div>` : nothing}`;
  }

  get box() {
    return /** @type {HTMLTextAreaElement} */ (this.querySelector("textarea"));
  }

  /** @param {string} prompt */
  #use(prompt) {
    this.box.value = prompt;
    this.closest("form")?.requestSubmit();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (isComposing(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.back = -1;
      this.closest("form")?.requestSubmit();
      if (this.box.validity.valid) this.player.stage.focus({ preventScroll: true });
    }
    const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    const { prompts } = this.view.kept;
    const single = !this.box.value.includes("\n");
    if (!step || !single || !prompts.length) return;
    event.preventDefault();
    if (this.back < 0) this.draft = this.box.value;
    this.back = Math.min(Math.max(this.back + step, -1), prompts.length - 1);
    this.box.value = this.back < 0 ? this.draft : prompts[this.back];
  }
}

customElements.define("lucid-prompt", LucidPrompt);
