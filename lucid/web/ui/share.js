// @ts-check
import { t } from "../client/texts.js";
import { html, nothing } from "../vendor/lit.js";
import { credit } from "./credit.js";
import { icon } from "./icons.js";
import { copy, withCode } from "./notices.js";
import { Part } from "./part.js";

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/** @typedef {typeof import("../vendor/qrcode-generator.js").default} Encoder */
/** @type {Encoder | undefined} */
let qrcode; // loaded when a player shares: it is a tenth of the page's code

/** Links to this session for spectators, guests and streaming software. */
class LucidShare extends Part {
  static properties = { ...Part.properties, chosen: { state: true } };

  constructor() {
    super();
    this.chosen = "watch";
  }

  async connectedCallback() {
    super.connectedCallback();
    if (qrcode) return;
    qrcode = (await import("../vendor/qrcode-generator.js")).default;
    this.requestUpdate();
  }

  render() {
    const links = this.#links();
    if (!links.length) return html`<p>${t`Only the player can share this session.`}</p>`;
    const shown = links.find(({ id }) => id === this.chosen) ?? links[0];
    const local = LOOPBACK.includes(new URL(shown.url).hostname);
    return html`
      <div class="tabs" role="group" aria-label=${t`Kind of link`}>${links.map(({ id, title }) => html`
        <button type="button" aria-pressed=${String(id === shown.id)}
          @click=${() => (this.chosen = id)}>${title}</button>`)}</div>
      <p class="muted">${shown.about}</p>
      <div class="link-row">
        <input type="text" readonly aria-label=${t`Link`} data-link=${shown.id} .value=${shown.url}
          @focus=${(/** @type {Event} */ event) =>
            /** @type {HTMLInputElement} */ (event.target).select()}>
        <button type="button" @click=${(/** @type {Event} */ event) =>
          copy(shown.url, /** @type {HTMLElement} */ (event.currentTarget))}>
          ${icon("copy")}<span>${t`Copy`}</span></button>
      </div>
      ${qrcode ? qr(qrcode(0, "M"), shown.url) : html`<svg class="qr" viewBox="0 0 1 1"></svg>`}
      ${this.#guests()}
      ${local ? html`<p class="next">${withCode(
        t`This address works only on this machine. For other devices on your network, run \`lucid serve --lan\`.`)}</p>` : nothing}
      ${credit(this.view)}`;
  }

  #guests() {
    const { until_ms, guests } = /** @type {import("../client/protocol.js").Shared} */ (this.view.sharing);
    /** @param {string} text @param {import("../client/protocol.js").Share} message */
    const act = (text, message) => html`<button type="button" class="link"
      @click=${() => this.player.session?.share(message)}>${text}</button>`;
    const time = new Date(until_ms).toLocaleTimeString([], { timeStyle: "short" });
    return html`<p class="muted" id="until">
      ${until_ms < Date.now() ? t`These links have expired.` : t`Others can join until ${time}.`}
      ${act(t`New links`, { type: "renew" })}</p>
      ${guests.map(({ number, muted }) => html`<p class="guest">${t`Guest ${number}`}
        ${muted ? act(t`Unmute`, { type: "guest", number, act: "unmute" })
          : act(t`Mute`, { type: "guest", number, act: "mute" })}
        ${act(t`Remove`, { type: "guest", number, act: "kick" })}</p>`)}`;
  }

  #links() {
    const { watch_url: watch, play_url: play } = this.view.sharing ?? {};
    return [
      { id: "watch", title: t`Watch`, url: watch,
        about: t`Anyone with this link can watch, but cannot play.` },
      { id: "play", title: t`Play together`, url: play,
        about: t`A second player, or your phone as a controller, can play in this session.` },
      { id: "obs", title: t`Stream`, url: watch && `${watch}&view=1`,
        about: t`Shows only the picture. Use it as a browser source in OBS.` },
    ].flatMap((link) => (link.url ? [{ ...link, url: link.url }] : []));
  }
}

/**
 * Render a QR code, dark on white in every theme, as cameras need it.
 * @param {ReturnType<Encoder>} code @param {string} text
 */
function qr(code, text) {
  code.addData(text);
  code.make();
  const size = code.getModuleCount();
  let path = "";
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      if (code.isDark(row, column)) path += `M${column} ${row}h1v1h-1z`;
    }
  }
  return html`<svg class="qr" role="img" aria-label=${t`QR code of the link`}
    viewBox=${`-3 -3 ${size + 6} ${size + 6}`}><path d=${path}/></svg>`;
}

customElements.define("lucid-share", LucidShare);
