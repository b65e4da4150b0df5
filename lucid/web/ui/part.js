// @ts-check
/** @typedef {import("./player.js").LucidPlayer} LucidPlayer */
/** @typedef {import("./view.js").View} View */

import { LitElement } from "../vendor/lit.js";

/**
 * A piece of the player: drawn from its view, inside the player's one shadow root, so that labels
 * and styles reach across pieces.
 */
export class Part extends LitElement {
  static properties = { player: { attribute: false }, view: { attribute: false } };

  constructor() {
    super();
    /** @type {LucidPlayer} */
    this.player;
    /** @type {View} */
    this.view;
  }

  createRenderRoot() {
    return this;
  }
}
