// @ts-check
/** @typedef {import("./player.js").LucidPlayer} LucidPlayer */
/** @typedef {import("./view.js").View} View */

import { LitElement } from "../vendor/lit.js";

/**
 * A component of the player, rendered from its view. All parts share the player's shadow root, so
 * that labels and styles apply across them.
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
