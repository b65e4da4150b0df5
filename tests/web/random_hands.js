// Random input of a simulated player, with the events that a browser sends. At the end everything
// is released.
const KEYS = [
  ["KeyW", "w"], ["ArrowUp", "ArrowUp"], ["KeyQ", "q"], ["KeyA", "a"], ["KeyD", "d"], ["Space", " "],
  ["ShiftLeft", "Shift"], ["ShiftRight", "Shift"], ["MetaLeft", "Meta"], ["ControlLeft", "Control"],
  ["AltLeft", "Alt"], ["", "w"],
];
const MODIFIER = /^(Shift|Meta|Control|Alt)/;
const BITS = { 0: 1, 2: 2 };

const player = document.querySelector("lucid-player");
const root = player.shadowRoot;
const stage = root.querySelector("#stage");
const frame = () => new Promise(requestAnimationFrame);

class Hands {
  /** The held keys (by code), mouse buttons and fingers (by pointer id). */
  keys = new Map();
  buttons = new Set();
  fingers = new Map();
  focused = true;
  log = [];
  #state;

  constructor(seed) {
    this.#state = seed * 2654435761;
  }

  random() { // mulberry32
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  one(list) {
    return list[Math.floor(this.random() * list.length)];
  }

  flags() {
    const down = (key) => [...this.keys.keys()].some((code) => code.startsWith(key));
    return { shiftKey: down("Shift"), metaKey: down("Meta"), ctrlKey: down("Control"), altKey: down("Alt") };
  }

  key(type, code, init = {}) {
    const target = root.activeElement ?? document.body;
    const key = KEYS.find(([known]) => known === code)[1];
    target.dispatchEvent(new KeyboardEvent(type, {
      code, key, bubbles: true, composed: true, cancelable: true, ...this.flags(), ...init,
    }));
  }

  mouse(type, button) {
    const buttons = [...this.buttons].reduce((mask, one) => mask | BITS[one], 0);
    const init = { bubbles: true, composed: true, cancelable: true, button, buttons, ...this.flags() };
    stage.dispatchEvent(new MouseEvent(type, init));
  }

  pointer(type, target, pointerId, pointerType) {
    const init = { bubbles: true, composed: true, cancelable: true, button: 0, pointerId, pointerType };
    target.dispatchEvent(new PointerEvent(type, init));
  }

  press() {
    const [code] = this.one(KEYS);
    if (this.keys.has(code)) return;
    this.keys.set(code, true);
    const composing = this.random() < 0.1 ? { keyCode: 229, isComposing: true } : {};
    if (this.focused) this.key("keydown", code, composing);
  }

  repeat() {
    const [code] = [...this.keys.keys()].slice(-1);
    if (code !== undefined && this.focused) this.key("keydown", code, { repeat: true });
  }

  release(code = this.one([...this.keys.keys()])) {
    if (!this.keys.delete(code)) return;
    const { metaKey, shiftKey } = this.flags();
    const swallowed = (metaKey && !MODIFIER.test(code)) // by macOS
      || (shiftKey && code.startsWith("Shift")); // by Windows
    if (this.focused && !swallowed) this.key("keyup", code);
  }

  blur() {
    if (!this.focused) return;
    dispatchEvent(new Event("blur"));
    if (this.random() < 0.3) this.press(); // the event was already queued
    this.focused = false;
  }

  focus() {
    if (this.focused) return;
    this.focused = true;
    dispatchEvent(new Event("focus"));
  }

  hide(hidden = this.random() < 0.5) {
    Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }

  lock(locked = this.random() < 0.7) {
    const element = locked ? stage : null;
    Object.defineProperty(root, "pointerLockElement", { get: () => element, configurable: true });
    document.dispatchEvent(new Event("pointerlockchange"));
  }

  async dialog(dialog = this.one(["help", null])) {
    player.set({ dialog });
    await player.updateComplete;
  }

  write() {
    const box = root.querySelector("[data-input=set_prompt] textarea");
    (this.random() < 0.3 ? box : stage).focus();
  }

  click() {
    const button = this.one([0, 2]);
    if (this.buttons.has(button) || !this.focused) return;
    this.buttons.add(button);
    this.mouse("mousedown", button);
  }

  unclick(button = this.one([...this.buttons])) {
    if (!this.buttons.delete(button) || !this.focused) return;
    this.mouse("mouseup", button);
  }

  /** Let the browser take over a click, so that no release event follows. */
  takeOver() {
    const kind = this.one(["dragstart", "contextmenu", "pointercancel"]);
    if (kind === "pointercancel") this.pointer(kind, stage, 1, "pen");
    else stage.dispatchEvent(new MouseEvent(kind, { bubbles: true, composed: true }));
    this.buttons.clear();
    if (kind === "contextmenu") this.keys.clear();
  }

  touch() {
    const key = this.one([...root.querySelectorAll("button.key:not(:disabled)")]);
    if (!key) return;
    const id = 10 + this.fingers.size + Math.floor(this.random() * 1000);
    this.fingers.set(id, key);
    this.pointer("pointerdown", key, id, "touch");
  }

  lift(id = this.one([...this.fingers.keys()])) {
    const key = this.fingers.get(id);
    if (!this.fingers.delete(id)) return;
    const target = key.isConnected ? key : document;
    this.pointer(this.one(["pointerup", "pointercancel"]), target, id, "touch");
  }

  overlay(overlay = this.random() < 0.5) {
    player.keep({ overlay });
  }

  async pad(held = this.random() < 0.6) {
    pad.axes[0] = held ? 0.8 : 0;
    pad.buttons[12] = { pressed: held, touched: held, value: Number(held) };
    await frame();
  }

  async unplug() {
    navigator.getGamepads = () => [];
    await frame();
    navigator.getGamepads = () => [pad];
    dispatchEvent(new Event("gamepadconnected"));
  }

  async letGo() {
    if (this.random() < 0.5) this.focus();
    const acts = [
      ...[...this.keys.keys()].map((code) => () => this.release(code)),
      ...[...this.buttons].map((button) => () => this.unclick(button)),
      ...[...this.fingers.keys()].map((id) => () => this.lift(id)),
    ];
    while (acts.length) acts.splice(Math.floor(this.random() * acts.length), 1)[0]();
    this.hide(false);
    this.focus();
    await this.dialog(null);
    await this.pad(false);
    this.lock(false);
    this.overlay(true);
    stage.focus();
    await frame();
  }
}

const MOVES = [
  "press", "press", "press", "release", "release", "repeat", "blur", "focus", "hide", "lock", "lock",
  "dialog", "write", "click", "click", "unclick", "takeOver", "touch", "lift", "overlay", "pad", "unplug",
];

/** Make `count` random moves from this seed, release everything, and return the moves. */
globalThis.fumble = async (seed, count) => {
  const hands = new Hands(seed);
  for (let move = 0; move < count; move++) {
    const name = hands.one(MOVES);
    hands.log.push(name);
    await hands[name]();
  }
  await hands.letGo();
  player.session.sendInput("reseed", { rng_seed: seed });
  return hands.log;
};

const bound = player.controls.bound;
player.keep({ bindings: [...bound, ...[
  ["lean", "key:ShiftLeft"], ["lean", "key:ShiftRight"], ["lean", "key:MetaLeft"], ["move", "mouse:2"],
].map(([name, source]) => ({ name, end: 1, source }))] });
