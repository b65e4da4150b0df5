// @ts-check
import { t } from "../client/texts.js";
import { html, nothing } from "../vendor/lit.js";
import { help } from "./help.js";
import { iconButton } from "./icons.js";
import { Part } from "./part.js";
import "./compare.js";
import "./saved.js";
import "./settings.js";
import "./share.js";

/** @param {"help"|"settings"|"share"|"saved"|"compare"} dialog */
const titleOf = (dialog) => ({
  help: t`How to play`, settings: t`Settings`, share: t`Share and watch`, saved: t`Saved`,
  compare: t`Compare`,
}[dialog]);

/** The open dialog, if any: at most one is open. */
class LucidDialogs extends Part {
  render() {
    const { player, view } = this;
    const { dialog } = view;
    return html`
      <dialog aria-labelledby="dialog-title" data-dialog=${dialog ?? nothing} @close=${() =>
        player.set({ dialog: null })} @click=${this.#onClick}>
        ${dialog ? html`
          <section>
            <header><h2 id="dialog-title">${titleOf(dialog)}</h2>
              ${iconButton("close", t`Close`, () => this.dialog.close())}</header>
            ${dialog === "help" ? help(view, player) : nothing}
            ${dialog === "settings"
              ? html`<lucid-settings .player=${player} .view=${view}></lucid-settings>` : nothing}
            ${dialog === "share"
              ? html`<lucid-share .player=${player} .view=${view}></lucid-share>` : nothing}
            ${dialog === "saved"
              ? html`<lucid-saved .player=${player} .view=${view}></lucid-saved>` : nothing}
            ${dialog === "compare"
              ? html`<lucid-compare .player=${player} .view=${view}></lucid-compare>` : nothing}
          </section>` : nothing}
      </dialog>`;
  }

  get dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  updated() {
    const { dialog } = this;
    const { controls } = this.player;
    if (controls) controls.dialog = dialog; // `open` becomes false before the event "close" is sent
    if (this.view.dialog && !dialog.open) {
      controls?.releaseAll();
      if (document.pointerLockElement) document.exitPointerLock();
      dialog.showModal();
    } else if (!this.view.dialog && dialog.open) {
      dialog.close();
    }
  }

  /** Close the dialog on a click outside it. @param {Event} event */
  #onClick(event) {
    if (event.target === this.dialog) this.dialog.close();
  }
}

customElements.define("lucid-dialogs", LucidDialogs);
