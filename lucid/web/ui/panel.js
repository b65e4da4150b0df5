// @ts-check
import { html, nothing } from "../vendor/lit.js";
import { repeat } from "../vendor/lit.js";
import "./input.js";
import { Part } from "./part.js";
import "./readout.js";
import { formsOf, readoutsOf, showsPanel } from "./view.js";

/** The panel beside the picture: forms for inputs without a binding, and readouts of outputs. */
class LucidPanel extends Part {
  render() {
    const { player, view } = this;
    const manifest = view.hello?.manifest;
    if (!manifest) return nothing;
    const [inputs, outputs] = [formsOf(view), readoutsOf(view)];
    const id = view.hello?.session_id ?? "";
    return html`
      <aside id="panel" aria-label="World" tabindex="0" ?hidden=${!showsPanel(view)}>
        ${manifest.model.description ? html`<p class="about">${manifest.model.description}</p>` : nothing}
        ${inputs.length ? html`<div id="forms">${repeat(inputs, ({ name }) => `${id} ${name}`, (spec) => html`
          <lucid-input .player=${player} .view=${view} .spec=${spec}></lucid-input>`)}</div>` : nothing}
        ${outputs.length ? html`<div id="readouts">${repeat(outputs, ({ name }) => `${id} ${name}`,
          (output) => html`<lucid-readout .player=${player} .view=${view} .output=${output}>
            </lucid-readout>`)}</div>` : nothing}
      </aside>`;
  }
}

customElements.define("lucid-panel", LucidPanel);
