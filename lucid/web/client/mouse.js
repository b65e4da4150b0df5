// @ts-check
/** @typedef {import("./bindings.js").Bound} Bound */
/** @typedef {import("./inputs.js").Inputs} Inputs */

import { on } from "./bindings.js";
import { releaseModifiers, targetOf } from "./keyboard.js";

/**
 * @typedef {object} MouseOptions
 * @property {() => boolean} live
 * @property {() => boolean} lockable whether a click on the stage now locks the pointer
 * @property {HTMLElement} stage
 * @property {() => void} onMouse
 * @property {AbortSignal} signal
 */

/** Wheel units of one notch, by `WheelEvent.deltaMode`: pixels, lines, pages. */
const NOTCH = [100, 3, 1];
/** The bit of each button in `MouseEvent.buttons`, by `MouseEvent.button`. */
const BITS = [1, 4, 2, 8, 16];

/**
 * Turn mouse buttons on the stage into inputs. A click that locks the pointer sends no input.
 * Releases are handled everywhere.
 * @param {() => Bound[]} bound
 * @param {Inputs} inputs
 * @param {MouseOptions} options
 */
export function listenToButtons(bound, inputs, { live, lockable, stage, onMouse, signal }) {
  stage.addEventListener("mousedown", (event) => {
    const targets = on(bound(), `mouse:${event.button}`);
    if (!targets.length || !live() || (lockable() && !isLocked(stage))) return;
    event.preventDefault();
    stage.focus({ preventScroll: true });
    onMouse();
    for (const { name, end } of targets) inputs.press(name, end, `mouse:${event.button}`);
  }, { signal });
  /** @param {MouseEvent} event */
  const onAny = (event) => {
    // A mouseup may be missing after a browser menu, or may carry another button number.
    BITS.forEach((bit, button) => event.buttons & bit || inputs.release(`mouse:${button}`));
    releaseModifiers(event, inputs);
  };
  for (const kind of /** @type {const} */ (["mousedown", "mousemove", "mouseup"])) {
    addEventListener(kind, onAny, { signal, capture: true });
  }
  addEventListener("pointercancel", ({ pointerType }) => {
    if (pointerType !== "touch") inputs.releaseAll("mouse:"); // a pen sends no mouseup here
  }, { signal, capture: true });
  addEventListener("mouseup", (event) => {
    inputs.release(`mouse:${event.button}`);
    // Buttons 3 and 4 would go back and forward in the browser's history.
    const target = targetOf(event);
    const inside = target instanceof Node && stage.contains(target);
    if (inside && live() && on(bound(), `mouse:${event.button}`).length) event.preventDefault();
  }, { signal });
  stage.addEventListener("contextmenu", (event) => {
    if (on(bound(), "mouse:2").length && live()) event.preventDefault();
  }, { signal });
  document.addEventListener("pointerlockchange", () => {
    if (!isLocked(stage)) inputs.releaseAll("mouse:");
  }, { signal });
}

/**
 * Lock the pointer on a click on the stage, and report its motion while it is locked.
 * @param {(dx: number, dy: number) => void} move
 * @param {MouseOptions} options
 */
export function listenToPointer(move, { lockable, stage, onMouse, signal }) {
  stage.addEventListener("click", (event) => {
    const mouse = /** @type {PointerEvent} */ (event).pointerType === "mouse";
    if (mouse && !isLocked(stage) && lockable()) lock(stage);
  }, { signal });
  document.addEventListener("mousemove", (event) => {
    if (!isLocked(stage)) return;
    onMouse();
    move(event.movementX, event.movementY);
  }, { signal });
}

/**
 * Report wheel motion over the stage, in notches; positive is up.
 * @param {(delta: number) => void} turn
 * @param {MouseOptions} options
 */
export function listenToWheel(turn, { live, stage, signal }) {
  stage.addEventListener("wheel", (event) => {
    if (event.ctrlKey || !live()) return; // Ctrl and the wheel zoom the page
    event.preventDefault();
    const delta = event.deltaY || (event.shiftKey ? event.deltaX : 0); // Shift swaps the axes
    turn(-delta / NOTCH[event.deltaMode]);
  }, { signal, passive: false });
}

/** @param {HTMLElement} stage */
export function isLocked(stage) {
  const root = /** @type {Document|ShadowRoot} */ (stage.getRootNode());
  return root.pointerLockElement === stage;
}

/** @param {HTMLElement} stage */
async function lock(stage) {
  stage.focus({ preventScroll: true });
  try {
    await stage.requestPointerLock({ unadjustedMovement: true });
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== "NotSupportedError") return;
    // Retry without raw motion. Ignore a refusal (too soon after Esc): the next click tries again.
    await Promise.resolve(stage.requestPointerLock()).catch(() => {});
  }
}

/**
 * Return a function that sums up motion and passes it to `flush` once per animation frame.
 * @param {(x: number, y: number) => void} flush
 * @returns {(x: number, y: number) => void}
 */
export function oncePerFrame(flush) {
  let [x, y, frame] = [0, 0, 0];
  return (dx, dy) => {
    x += dx;
    y += dy;
    frame ||= requestAnimationFrame(() => {
      const sum = /** @type {const} */ ([x, y]);
      [x, y, frame] = [0, 0, 0];
      if (sum[0] || sum[1]) flush(...sum);
    });
  };
}
