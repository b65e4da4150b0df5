// @ts-check
import { t } from "../client/texts.js";
import { html, nothing } from "../vendor/lit.js";
import { repeat } from "../vendor/lit.js";
import { chooseStart } from "./begin.js";
import { credit } from "./credit.js";
import { icon } from "./icons.js";
import "./input.js";
import { Part } from "./part.js";
import "./readout.js";
import { canReset, formsOf, isLive, readoutsOf, showsPanel, startsOf } from "./view.js";

/** The panel beside the picture: forms for inputs without a binding, and readouts of outputs. */
class LucidPanel extends Part {
  render() {
    const { player, view } = this;
    const manifest = view.hello?.manifest;
    if (!manifest) return nothing;
    const [inputs, outputs] = [formsOf(view), readoutsOf(view)];
    const starts = startsOf(view);
    const others = inputs.filter((spec) => !starts.includes(spec));
    /** @param {import("../client/protocol.js").InputSpec[]} specs */
    const forms = (specs) => repeat(specs, ({ name }) => `${id} ${name}`, (spec) => html`
      <lucid-input .player=${player} .view=${view} .spec=${spec}></lucid-input>`);
    const id = view.hello?.session_id ?? "";
    return html`
      <section id="panel" aria-label=${t`World`} tabindex="0" ?hidden=${!showsPanel(view)}>
        ${manifest.model.description ? html`<p class="about">${manifest.model.description}</p>` : nothing}
        ${starts.length + manifest.presets.length ? html`<section id="start" class="group" aria-labelledby="start-title">
          <header><h2 id="start-title">${t`Start`}</h2>
            <button type="button" class="small" id="reset" ?disabled=${!canReset(view)}
              @click=${() => player.reset()}>${icon("reset")}${t`Reset the world`}</button></header>
          ${manifest.presets.length ? html`<div class="chips" role="group" aria-label=${t`Starts`}>
            ${manifest.presets.map((preset) => html`<button type="button" class="chip"
              ?disabled=${!isLive(view) || !view.open} @click=${() => chooseStart(player, preset)}>
              ${preset.name}</button>`)}</div>` : nothing}
          ${forms(starts)}</section>` : nothing}
        ${others.length ? html`<div id="forms" class="group">${forms(others)}</div>` : nothing}
        ${outputs.length ? html`<div id="readouts" class="group">${repeat(outputs, ({ name }) => `${id} ${name}`,
          (output) => html`<lucid-readout .player=${player} .view=${view} .output=${output}>
            </lucid-readout>`)}</div>` : nothing}
        ${credit(view)}
      </section>`;
  }
}

customElements.define("lucid-panel", LucidPanel);
