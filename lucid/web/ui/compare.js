// @ts-check
/** @typedef {import("../client/film.js").Shot} Shot */

import { t } from "../client/texts.js";
import { html, nothing } from "../vendor/lit.js";
import { Part } from "./part.js";

/** What is played now and a branch, side by side: the pictures of the same time since they part. */
class LucidCompare extends Part {
  static properties = { ...Part.properties, at: { state: true } };

  constructor() {
    super();
    /** The position of the slider: an index into the frames of which there is a picture. */
    this.at = Infinity;
  }

  render() {
    const { film } = this.player;
    const branch = film?.branches.find(({ number }) => number === this.view.compared);
    if (!film || !branch) return nothing;
    const { start, frames, length_s } = branch;
    const since = (/** @type {Shot[]} */ shots) => shots.filter(({ frame }) => frame >= start);
    const sides = [{ name: t`Now`, shots: since(film.shots) }, { name: t`The branch`, shots: since(branch.shots) }];
    const all = [...new Set(sides.flatMap(({ shots }) => shots.map(({ frame }) => frame)))].sort((a, b) => a - b);
    const at = Math.min(this.at, all.length - 1);
    const seconds = (/** @type {number} */ frame) => Math.round((frame - start) * length_s / (frames - start) || 0);
    return html`
      <div class="compare">${sides.map(({ name, shots }) => {
        const shot = shots.findLast(({ frame }) => frame <= all[at]) ?? shots[0];
        return html`<figure>${shot ? html`<img alt=${name} src=${shot.url}>
          <figcaption><span>${name}</span><span>${t`${seconds(shot.frame)} s`}</span></figcaption>`
          : html`<p class="muted">${t`No picture yet.`}</p><figcaption>${name}</figcaption>`}</figure>`;
      })}</div>
      <label class="beside">${t`Time`}<input type="range" min="0" max=${Math.max(0, all.length - 1)} .value=${String(at)}
        @input=${(/** @type {Event} */ event) =>
          (this.at = /** @type {HTMLInputElement} */ (event.currentTarget).valueAsNumber)}></label>
      <p class="muted">${t`The seconds count from where the branch parts.`}</p>`;
  }
}

customElements.define("lucid-compare", LucidCompare);
