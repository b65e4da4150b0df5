// @ts-check
/** @typedef {import("./protocol.js").Manifest} Manifest */
/** @typedef {import("./session.js").Session} Session */

import { gestureMap } from "./bindings.js";
import { byId } from "./dom.js";
import { inputForm } from "./forms.js";
import { Inputs } from "./inputs.js";
import { listenToKeys } from "./keyboard.js";
import { keycaps } from "./keycaps.js";
import { isLocked, listenToButtons, listenToPointer, listenToWheel } from "./mouse.js";

/** Everything a player can do in one session, made from its manifest. */
export class Controls {
  /** Whether a click on the stage locks the pointer. */
  locks;
  #session;
  #inputs;
  #stage = byId("stage");
  #listeners = new AbortController();
  /** @type {{refresh: () => void}[]} */
  #widgets;

  /**
   * @param {Manifest} manifest
   * @param {Session} session
   * @param {(error: unknown) => void} report
   */
  constructor({ inputs: specs }, session, report) {
    this.#session = session;
    /** @type {Session["accepts"]} */
    const accepts = (spec) => session.accepts(spec);
    /** @type {Session["sendInput"]} */
    const send = (name, args) => session.sendInput(name, args);
    const inputs = new Inputs(specs, accepts, send);
    this.#inputs = inputs;

    const keys = new Map(specs.filter(({ binding }) => binding).map(
      (spec) => [spec.name, keycaps(spec, inputs, accepts)]));
    const forms = specs.filter(({ binding }) => !binding).map(
      (spec) => inputForm(spec, session, report));
    byId("keys").replaceChildren(...[...keys.values()].map(({ element }) => element));
    byId("forms").replaceChildren(...forms.map(({ element }) => element));
    inputs.onChange = (name, ends) => keys.get(name)?.light(ends);
    this.#widgets = [...keys.values(), ...forms];

    const gestures = gestureMap(specs);
    this.locks = gestures.pointers.length > 0 && "requestPointerLock" in this.#stage;
    const options = {
      accepts, send, live: () => this.#live, stage: this.#stage, signal: this.#listeners.signal,
    };
    listenToKeys(gestures.keys, inputs, options);
    listenToButtons(gestures.buttons, inputs, this.locks, options);
    if (this.locks) listenToPointer(gestures.pointers, options);
    if (gestures.wheels.length) listenToWheel(gestures.wheels, options);
    this.#releaseOnLeave();
    this.refresh();
  }

  get #live() {
    return this.#session.state === "running" || this.#session.state === "paused";
  }

  /** The session's state changed. */
  refresh() {
    this.#inputs.sync();
    for (const widget of this.#widgets) widget.refresh();
    if (this.#session.state !== "running" && isLocked(this.#stage)) document.exitPointerLock();
  }

  /**
   * Inputs can be sent, or not any more; the state may say so sooner or later.
   * @param {boolean} open
   */
  connected(open) {
    if (!open) this.#inputs.releaseAll();
    this.refresh();
  }

  close() {
    this.#inputs.releaseAll();
    this.#listeners.abort();
    if (isLocked(this.#stage)) document.exitPointerLock();
  }

  #releaseOnLeave() {
    const { signal } = this.#listeners;
    const release = () => this.#inputs.releaseAll();
    addEventListener("blur", release, { signal });
    addEventListener("pagehide", release, { signal });
    document.addEventListener("visibilitychange", () => document.hidden && release(), { signal });
  }
}
