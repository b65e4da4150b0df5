// @ts-check
/** @typedef {import("../client/film.js").Shot} Shot */

import { pictureInput } from "../client/starts.js";
import { t } from "../client/texts.js";
import { html, nothing } from "../vendor/lit.js";
import { chooseStart } from "./begin.js";
import { iconButton } from "./icons.js";
import { Part } from "./part.js";
import { isLive } from "./view.js";

/** A world that starts from a picture replays at most so many seconds to go back. */
const MOST_REPLAYED_S = 5;

/** The filmstrip: a picture of each second. The world can start again from any of them. */
class LucidFilm extends Part {
  static properties = { ...Part.properties, chosen: { state: true }, branch: { state: true }, making: { state: true } };

  constructor() {
    super();
    /** @type {Shot|null} */
    this.chosen = null;
    /** The number of the chosen branch. @type {number|null} */
    this.branch = null;
    /** Whether a GIF is being made, which takes seconds. */
    this.making = false;
  }

  connectedCallback() {
    super.connectedCallback();
    if (isLive(this.view)) this.player.takeaway.readBranches();
  }

  render() {
    const { player, view, chosen } = this;
    const { shots, branches } = player.film ?? { shots: [], branches: [] };
    const branch = branches.find(({ number }) => number === this.branch);
    const starts = pictureInput(view.hello?.manifest.inputs ?? []) && isLive(view) && view.open;
    return html`<section id="film" aria-label=${t`Filmstrip`}>
      <div class="beside">
        <button type="button" class="small" id="clip" ?disabled=${!view.pictured}
          @click=${() => player.takeaway.saveClip("mp4")}>${t`Save the last 30 s`}</button>
        <button type="button" class="small" ?disabled=${!view.pictured || this.making} title=${t`Save the last 30 s as a GIF`}
          aria-label=${t`Save the last 30 s as a GIF`} @click=${() => this.#saveGif()}>GIF</button>
        ${chosen ? html`
          ${isLive(view) && view.open && chosen.frame >= 0 ? html`<button type="button" class="small primary"
            @click=${() => this.#rewind(chosen)}>${t`Go back to here`}</button>` : nothing}
          ${starts ? html`<button type="button" class="small primary" @click=${() => this.#restart(chosen)}>
            ${t`Restart from here`}</button>` : nothing}
          <button type="button" class="small" @click=${() => player.takeaway.savePicture(chosen.blob)}>${t`Save the picture`}</button>`
          : branch ? html`
          <button type="button" class="small primary" ?disabled=${!isLive(view) || !view.open}
            @click=${() => player.takeaway.returnTo(branch)}>${t`Return to this branch`}</button>
          <button type="button" class="small" @click=${() => player.set({ dialog: "compare", compared: branch.number })}>
            ${t`Compare`}</button>`
          : html`<span class="muted">${shots.length ? t`Choose a picture to go back to it.` : t`Play a few seconds.`}</span>`}
        <span class="spacer"></span>
        <button type="button" class="small" @click=${() => player.set({ dialog: "saved" })}>${t`Saved`}</button>
        ${iconButton("close", t`Close the filmstrip`, () => player.set({ film: false }))}
      </div>
      <div class="shots" role="group" aria-label=${t`Pictures, the newest first`} tabindex="0">
        ${shots.slice().reverse().map((shot) => html`
          <button type="button" aria-label=${shot.at.toLocaleTimeString()} title=${shot.at.toLocaleTimeString()}
            aria-pressed=${String(shot === chosen)} @click=${() => ([this.chosen, this.branch] = [shot, null])}>
            <img alt="" loading="lazy" src=${shot.url}></button>`)}
      </div>
      ${branches.length ? html`<div class="branches"><h3>${t`Branches`}</h3>
        <div class="shots" role="group" aria-label=${t`Branches, the newest first`} tabindex="0">${branches.slice().reverse().map((one) =>
          html`<button type="button" aria-pressed=${String(one === branch)} @click=${() => ([this.chosen, this.branch] = [null, one.number])}>
            ${one.shots.length ? html`<img alt="" src=${/** @type {Shot} */ (one.shots.at(-1)).url}>` : nothing}
            <span>${t`${clock(one.start_s)}, ${Math.round(one.length_s)} s long`}</span></button>`)}</div></div>` : nothing}
      </section>`;
  }

  async #saveGif() {
    this.making = true;
    await this.player.takeaway.saveClip("gif");
    this.making = false;
  }

  /** Go back to the frame of a picture. If that takes long, restart from the picture. @param {Shot} shot */
  async #rewind(shot) {
    this.chosen = null;
    const starts = pictureInput(this.view.hello?.manifest.inputs ?? []);
    const went = await this.player.takeaway.rewind(shot.frame, starts ? MOST_REPLAYED_S : Infinity);
    if (went === false) this.#restart(shot);
  }

  /** @param {Shot} shot */
  #restart({ at, blob }) {
    const picture = pictureInput(this.view.hello?.manifest.inputs ?? []);
    if (!picture) return;
    const { spec, argument } = picture;
    chooseStart(this.player, { name: at.toLocaleTimeString(), inputs: { [spec.name]: { [argument.name]: blob } } });
    this.chosen = null;
  }
}

/** @param {number} seconds */
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

customElements.define("lucid-film", LucidFilm);
