// @ts-check
/** @typedef {import("./bindings.js").Bound} Bound */
/** @typedef {import("./inputs.js").End} End */
/** @typedef {import("./protocol.js").InputSpec} InputSpec */
/** @typedef {import("./session.js").Session} Session */
/** @typedef {"keyboard"|"gamepad"|"touch"} Device */

import { defaultBindings, directions, on } from "./bindings.js";
import { Gamepads } from "./gamepad.js";
import { Inputs } from "./inputs.js";
import { listenToKeys } from "./keyboard.js";
import { isLocked, listenToButtons, listenToPointer, listenToWheel, oncePerFrame } from "./mouse.js";
import { withinBounds } from "./schema.js";

/**
 * A player's control settings, which can change during a session.
 * @typedef {object} Feel
 * @property {number} sensitivity factor for looking around
 * @property {boolean} invertY
 * @property {Bound[]|null} bindings replacements for the manifest's bindings
 *
 * @typedef {object} ControlEvents
 * @property {(name: string, ends: Set<End>) => void} held the held ends of an input changed
 * @property {(device: Device) => void} device the player switched to another device
 * @property {(locked: boolean) => void} locked
 */

/** A session's keyboard, mouse, gamepad and touch controls. */
export class Controls {
  /** Whether a click on the stage locks the pointer. */
  locks;
  /** @type {Feel} */
  feel;
  /** The page's dialog. While it is open, keys, buttons and gamepads send no inputs. */
  dialog = { open: false };
  /** The gamepads and their held controls. */
  gamepads;
  #specs;
  #session;
  #inputs;
  #stage;
  #events;
  #defaults;
  #listeners = new AbortController();
  /** @type {Device} */
  #device = "keyboard";
  #look;

  /**
   * @param {InputSpec[]} specs
   * @param {Session} session
   * @param {HTMLElement} stage
   * @param {Feel} feel
   * @param {ControlEvents} events
   * @param {EventTarget} [within] keys are handled while this contains the focus
   */
  constructor(specs, session, stage, feel, events, within = window) {
    this.#specs = specs;
    this.#session = session;
    this.#stage = stage;
    this.#events = events;
    this.feel = feel;
    this.#defaults = defaultBindings(specs);
    this.#inputs = new Inputs(specs, (spec) => session.accepts(spec), (name, args) =>
      session.sendInput(name, args));
    this.#inputs.onChange = events.held;
    this.#look = this.#motion("pointer", (dx, dy) => ({ dx, dy }));
    const points = specs.some(({ binding }) => binding?.kind === "pointer");
    this.locks = points && "requestPointerLock" in stage;
    this.#listen(within);
    this.gamepads = new Gamepads({
      hold: (source, amount) => this.#hold(source, amount),
      look: (dx, dy) => this.dialog.open || this.look(dx, dy),
      used: (id) => this.#use(id === null ? "keyboard" : "gamepad"),
    }, this.#listeners.signal);
  }

  /** The current bindings. */
  get bound() {
    return this.feel.bindings ?? this.#defaults;
  }

  get live() {
    const { state } = this.#session;
    return !this.dialog.open && (state === "running" || state === "paused");
  }

  /** Handle a change of the session's state or of the data channel. */
  refresh() {
    this.#inputs.sync();
    if (this.#session.state !== "running" && isLocked(this.#stage)) document.exitPointerLock();
  }

  /** Handle the channel's opening or closing; on a new one nothing is held. @param {boolean} open */
  connected(open) {
    if (open) this.#inputs.forget();
    else this.#inputs.releaseAll();
    this.refresh();
  }

  /**
   * Handle a press of an on-screen button.
   * @param {string} name
   * @param {End} end
   */
  press(name, end) {
    this.#inputs.press(name, end, `screen:${name}:${end}`);
  }

  /** @param {string} name @param {End} end */
  release(name, end) {
    this.#inputs.release(`screen:${name}:${end}`);
  }

  /**
   * Set the position of the on-screen stick: x to the right, y up, each -1..1.
   * @param {number} x
   * @param {number} y
   */
  steer(x, y) {
    this.#use("touch");
    const ways = directions(this.bound);
    for (const [way, amount] of /** @type {const} */ ([
      ["up", y], ["down", -y], ["right", x], ["left", -x],
    ])) {
      if (amount <= 0.15) this.#inputs.release(`stick:${way}`);
      else for (const { name, end } of ways[way]) this.#inputs.press(name, end, `stick:${way}`, amount);
    }
  }

  /**
   * Look around by `dx` and `dy` CSS pixels.
   * @param {number} dx
   * @param {number} dy
   */
  look(dx, dy) {
    const { sensitivity, invertY } = this.feel;
    this.#look(dx * sensitivity, dy * sensitivity * (invertY ? -1 : 1));
  }

  /** Release all sources of a kind, such as "stick:", or all sources. @param {string} [kind] */
  releaseAll(kind) {
    this.#inputs.releaseAll(kind);
  }

  close() {
    this.#inputs.releaseAll();
    this.#listeners.abort();
    if (isLocked(this.#stage)) document.exitPointerLock();
  }

  /** @param {EventTarget} within */
  #listen(within) {
    const { signal } = this.#listeners;
    const bound = () => this.bound;
    const options = {
      live: () => this.live,
      lockable: () => this.locks && this.#session.state === "running",
      stage: this.#stage,
      onMouse: () => this.#use("keyboard"),
      onKey: () => this.#use("keyboard"),
      within,
      signal,
    };
    listenToKeys(bound, this.#inputs, options);
    listenToButtons(bound, this.#inputs, options);
    if (this.locks) listenToPointer((dx, dy) => this.look(dx, dy), options);
    const turn = this.#motion("wheel", (_, delta) => ({ delta }));
    if (this.#specs.some(({ binding }) => binding?.kind === "wheel")) {
      listenToWheel((delta) => turn(0, delta), options);
    }
    this.#releaseOnLeave();
    document.addEventListener("pointerlockchange", () =>
      this.#events.locked(isLocked(this.#stage)), { signal });
    this.#stage.addEventListener("pointerdown", ({ pointerType }) => {
      if (pointerType === "touch") this.#use("touch");
    }, { signal });
  }

  /**
   * Sum up motion and send it to every input of a kind once per animation frame. A sum beyond an
   * argument's bound is cut to the bound, as the server refuses it.
   * @param {"pointer"|"wheel"} kind
   * @param {(x: number, y: number) => {[argument: string]: number}} args
   */
  #motion(kind, args) {
    const specs = this.#specs.filter(({ binding }) => binding?.kind === kind);
    return oncePerFrame((x, y) => {
      for (const spec of specs) {
        if (!this.#session.accepts(spec)) continue;
        this.#session.sendInput(spec.name, withinBounds(args(x, y), spec.arguments));
      }
    });
  }

  /** @param {string} source @param {number} amount */
  #hold(source, amount) {
    if (amount === 0 || !this.live || !document.hasFocus()) this.#inputs.release(source);
    else for (const { name, end } of on(this.bound, source)) this.#inputs.press(name, end, source, amount);
  }

  /** @param {Device} device */
  #use(device) {
    if (device === this.#device) return;
    this.#device = device;
    this.#events.device(device);
  }

  /**
   * Release everything when another window, the browser's menu or a drag may take over the key and
   * button events. Release again when they return: a press that arrived after the page lost the
   * focus has no matching release.
   */
  #releaseOnLeave() {
    const options = { signal: this.#listeners.signal };
    const release = () => this.#inputs.releaseAll();
    for (const kind of ["blur", "focus", "dragstart"]) addEventListener(kind, release, options);
    document.addEventListener("visibilitychange", release, options);
    addEventListener("contextmenu", (event) => event.defaultPrevented || release(), options);
  }
}
