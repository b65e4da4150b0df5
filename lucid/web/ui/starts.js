// @ts-check
/** @typedef {import("../client/starts.js").Start} Start */

import { galleryUrl, pictureInput } from "../client/starts.js";
import { t } from "../client/texts.js";
import { inWords } from "../client/words.js";
import { html, nothing } from "../vendor/lit.js";
import { chooseStart } from "./begin.js";
import { icon } from "./icons.js";
import { Part } from "./part.js";
import { waitLine } from "./veil.js";

/** The first screen: the port's starts, the pictures that were used before, and one's own. */
class LucidStarts extends Part {
  constructor() {
    super();
    /** The addresses of the pictures that were used before. @type {Map<Blob, string>} */
    this.urls = new Map();
  }

  render() {
    const { player, view } = this;
    const starts = this.#starts();
    if (!starts.length) return nothing;
    const waits = view.state !== "running" && view.state !== "paused";
    const picture = pictureInput(view.hello?.manifest.inputs ?? []);
    return html`<section id="starts" aria-labelledby="starts-title">
      <h2 id="starts-title">${t`Where do you want to start?`}</h2>
      ${waits ? html`<p class="muted" role="status">${waitLine(view)}</p>` : nothing}
      <div class="tiles" role="group" aria-label=${t`Starts`}>
        <div class="chips">${starts.filter(({ url }) => !url).map((start) => html`
          <button type="button" class="chip" aria-label=${t`Start: ${start.name}`}
            @click=${() => chooseStart(player, start)}>${start.name}</button>`)}</div>
        ${starts.filter(({ url }) => url).map(({ url, ...start }) => html`
          <button type="button" class="tile" aria-label=${t`Start: ${start.name}`}
            @click=${() => chooseStart(player, start)}>
            <img alt="" loading="lazy" src=${url}><span>${start.name}</span></button>`)}
      </div>
      <div class="beside">
        ${picture ? html`<label class="own">${icon("image")}${t`Your own picture`}
          <input type="file" class="unseen" accept=${picture.argument.schema.file.mime_types.join(",")}
            @change=${this.#onPick}></label>` : nothing}
        <button type="button" class="primary" @click=${() => player.set({ first: false })}>
          ${waits ? t`Decide later` : t`Just play`}</button>
      </div>
    </section>`;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    for (const url of this.urls.values()) URL.revokeObjectURL(url);
    this.urls.clear();
  }

  /** Return all starts with the picture that each begins with. @returns {(Start & {url: string})[]} */
  #starts() {
    const { hello, kept } = this.view;
    const server = this.player.session?.server;
    if (!hello || !server) return [];
    const { inputs, presets } = hello.manifest;
    /** @param {string} input @param {string} parameter @param {string} file */
    const shown = (input, parameter, file) => galleryUrl(server, input, parameter, file);
    const offered = presets.map(({ name, inputs: sent }) => {
      const files = Object.entries(sent).flatMap(([input, args]) => Object.entries(args)
        .filter(([parameter]) => inputs.find((spec) => spec.name === input)
          ?.arguments.properties?.[parameter]?.file)
        .map(([parameter, file]) => shown(input, parameter, String(file))));
      const changed = Object.keys(sent).length > 1; // the world will not look like the picture
      return { name, inputs: sent, url: changed ? "" : files[0] ?? "" };
    });
    const picture = pictureInput(inputs);
    if (!picture) return offered;
    const { spec: { name: input }, argument: { name: parameter, schema } } = picture;
    const used = kept.seeds.map((seed, index) => ({
      name: t`Used before, ${index + 1}`, inputs: { [input]: { [parameter]: seed } }, url: this.#urlOf(seed),
    }));
    const gallery = schema.file.gallery.map((/** @type {string} */ file) => ({
      name: inWords(file.replace(/\.[^.]*$/, "")), inputs: { [input]: { [parameter]: file } },
      url: shown(input, parameter, file),
    }));
    return [...offered, ...used, ...gallery];
  }

  /** @param {Event} event */
  #onPick(event) {
    const picture = pictureInput(this.view.hello?.manifest.inputs ?? []);
    const [file] = /** @type {HTMLInputElement} */ (event.currentTarget).files ?? [];
    if (!file || !picture) return;
    const { spec, argument } = picture;
    this.player.keepSeed(file);
    chooseStart(this.player, { name: file.name, inputs: { [spec.name]: { [argument.name]: file } } });
  }

  /** @param {Blob} blob */
  #urlOf(blob) {
    const url = this.urls.get(blob) ?? URL.createObjectURL(blob);
    this.urls.set(blob, url);
    return url;
  }
}

customElements.define("lucid-starts", LucidStarts);
