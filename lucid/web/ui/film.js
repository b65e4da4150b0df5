// @ts-check
/** @typedef {import("../client/film.js").Shot} Shot */

import { pictureInput } from "../client/starts.js";
import { t } from "../client/texts.js";
import { html, nothing } from "../vendor/lit.js";
import { chooseStart } from "./begin.js";
import { iconButton } from "./icons.js";
import { Part } from "./part.js";
import { isLive } from "./view.js";

/** The filmstrip: a picture of each second. The world can start again from any of them. */
class LucidFilm extends Part {
  static properties = { ...Part.properties, chosen: { state: true }, making: { state: true } };

  constructor() {
    super();
    /** @type {Shot|null} */
    this.chosen = null;
    /** Whether a GIF is being made, which takes seconds. */
    this.making = false;
  }

  render() {
    const { player, view, chosen } = this;
    const shots = player.film?.shots ?? [];
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
          : html`<span class="muted">${shots.length ? t`Choose a picture to go back to it.` : t`Play a few seconds.`}</span>`}
        <span class="spacer"></span>
        <button type="button" class="small" @click=${() => player.set({ dialog: "saved" })}>${t`Saved`}</button>
        ${iconButton("close", t`Close the filmstrip`, () => player.set({ film: false }))}
      </div>
      <div class="shots" role="group" aria-label=${t`Pictures, the newest first`} tabindex="0">
        ${shots.slice().reverse().map((shot) => html`
          <button type="button" aria-label=${shot.at.toLocaleTimeString()} title=${shot.at.toLocaleTimeString()}
            aria-pressed=${String(shot === chosen)} @click=${() => (this.chosen = shot)}>
            <img alt="" loading="lazy" src=${shot.url}></button>`)}
      </div></section>`;
  }

  async #saveGif() {
    this.making = true;
    await this.player.takeaway.saveClip("gif");
    this.making = false;
  }

  /** @param {Shot} shot */
  #rewind({ frame }) {
    this.player.takeaway.rewind(frame);
    this.chosen = null;
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

customElements.define("lucid-film", LucidFilm);
