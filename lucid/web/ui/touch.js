// @ts-check
import { needsStick } from "../client/bindings.js";
import { create } from "../vendor/nipplejs.js";
import { html, nothing } from "../vendor/lit.js";
import { Part } from "./part.js";
import { isLive } from "./view.js";

const STICK_PX = 110;

/** Touch controls: an on-screen stick for movement, and a drag on the picture to look around. */
class LucidTouch extends Part {
  constructor() {
    super();
    /** @type {ReturnType<typeof create>|null} */
    this.stick = null;
    this.listeners = new AbortController();
  }

  render() {
    return this.#sticks() ? html`<div class="stick" aria-hidden="true"></div>` : nothing;
  }

  updated() {
    const zone = /** @type {HTMLElement|null} */ (this.querySelector(".stick"));
    if (!zone) {
      this.#remove();
    } else if (!this.stick) {
      this.stick = create({
        zone, mode: "static", position: { left: "50%", top: "50%" }, size: STICK_PX,
        color: { front: "#f2f4f7", back: "#0c0f13a8" }, restOpacity: 1, fadeTime: 0,
      });
      this.stick.on("move", ({ data: { vector } }) =>
        this.player.controls?.steer(vector.x, vector.y));
      this.stick.on("end", () => this.player.controls?.steer(0, 0));
    }
  }

  connectedCallback() {
    super.connectedCallback();
    this.listeners = new AbortController();
    this.updateComplete.then(() => this.#listenToDrags());
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.listeners.abort();
    this.#remove();
  }

  /** Release the stick before removing it, because its removal fires no end event. */
  #remove() {
    if (!this.stick) return;
    this.stick.destroy();
    this.stick = null;
    this.player.controls?.releaseAll("stick:");
  }

  #sticks() {
    const { view, player } = this;
    if (view.device !== "touch" || !isLive(view) || !player.controls) return false;
    return needsStick(player.controls.bound);
  }

  #listenToDrags() {
    const { stage } = this.player;
    const { signal } = this.listeners;
    /** @type {{id: number, x: number, y: number}|null} */
    let finger = null;
    stage.addEventListener("pointerdown", ({ pointerType, pointerId, clientX, clientY }) => {
      if (pointerType === "touch" && this.#points()) {
        finger = { id: pointerId, x: clientX, y: clientY };
      }
    }, { signal });
    addEventListener("pointermove", ({ pointerId, clientX, clientY }) => {
      if (finger?.id !== pointerId) return;
      this.player.controls?.look(2 * (clientX - finger.x), 2 * (clientY - finger.y));
      finger = { id: pointerId, x: clientX, y: clientY };
    }, { signal });
    const lift = (/** @type {PointerEvent} */ { pointerId }) => {
      if (finger?.id === pointerId) finger = null;
    };
    addEventListener("pointerup", lift, { signal });
    addEventListener("pointercancel", lift, { signal });
    // Prevent scrolling, and the clicks that browsers derive from a touch.
    stage.addEventListener("touchstart", (event) => {
      if (!this.#points()) return;
      event.preventDefault();
      stage.focus({ preventScroll: true });
    }, { signal, passive: false });
  }

  #points() {
    const inputs = this.view.hello?.manifest.inputs ?? [];
    return isLive(this.view) && inputs.some(({ binding }) => binding?.kind === "pointer");
  }
}

customElements.define("lucid-touch", LucidTouch);
