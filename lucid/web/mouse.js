// @ts-check
/** @typedef {import("./bindings.js").Target} Target */
/** @typedef {import("./inputs.js").Inputs} Inputs */
/** @typedef {import("./protocol.js").InputSpec} InputSpec */

/**
 * @typedef {object} MouseOptions
 * @property {(spec: InputSpec) => boolean} accepts
 * @property {(name: string, args: {[argument: string]: number}) => void} send
 * @property {() => boolean} live
 * @property {HTMLElement} stage
 * @property {AbortSignal} signal
 */

/** Wheel units of one notch, by `WheelEvent.deltaMode`: pixels, lines, pages. */
const NOTCH = [100, 3, 1];

/**
 * Mouse buttons on the stage to inputs. Where the pointer is to be locked, the click that locks it
 * does nothing else.
 * @param {Map<number, Target[]>} buttons
 * @param {Inputs} inputs
 * @param {boolean} locks
 * @param {MouseOptions} options
 */
export function listenToButtons(buttons, inputs, locks, { live, stage, signal }) {
  stage.addEventListener("mousedown", (event) => {
    const targets = buttons.get(event.button);
    if (!targets || !live() || (locks && !isLocked(stage))) return;
    event.preventDefault();
    stage.focus({ preventScroll: true });
    for (const { name, end } of targets) inputs.press(name, end, `mouse:${event.button}`);
  }, { signal });
  addEventListener("mouseup", (event) => {
    inputs.release(`mouse:${event.button}`);
    // Buttons 3 and 4 would go back and forward in the browser's history.
    const inside = event.target instanceof Node && stage.contains(event.target);
    if (inside && live() && buttons.has(event.button)) event.preventDefault();
  }, { signal });
  stage.addEventListener("contextmenu", (event) => {
    if (buttons.has(2) && live()) event.preventDefault();
  }, { signal });
  document.addEventListener("pointerlockchange", () => {
    if (!isLocked(stage)) inputs.releaseAll("mouse:");
  }, { signal });
}

/**
 * The locked pointer's motion to inputs; a click on the stage locks it.
 * @param {InputSpec[]} specs
 * @param {MouseOptions} options
 */
export function listenToPointer(specs, { accepts, send, stage, signal }) {
  const move = oncePerFrame((dx, dy) => {
    for (const spec of specs) if (accepts(spec)) send(spec.name, { dx, dy });
  });
  stage.addEventListener("click", () => {
    if (!isLocked(stage) && specs.some(accepts)) lock(stage);
  }, { signal });
  document.addEventListener("mousemove", (event) => {
    if (isLocked(stage)) move(event.movementX, event.movementY);
  }, { signal });
}

/**
 * The wheel over the stage to inputs, in notches: positive is up.
 * @param {InputSpec[]} specs
 * @param {MouseOptions} options
 */
export function listenToWheel(specs, { accepts, send, live, stage, signal }) {
  const turn = oncePerFrame((_, delta) => {
    for (const spec of specs) if (accepts(spec)) send(spec.name, { delta });
  });
  stage.addEventListener("wheel", (event) => {
    if (event.ctrlKey || !live()) return; // with Ctrl it zooms the page
    event.preventDefault();
    const delta = event.deltaY || (event.shiftKey ? event.deltaX : 0); // Shift turns the axes
    turn(0, -delta / NOTCH[event.deltaMode]);
  }, { signal, passive: false });
}

/** @param {HTMLElement} stage */
export function isLocked(stage) {
  return document.pointerLockElement === stage;
}

/** @param {HTMLElement} stage */
async function lock(stage) {
  stage.focus({ preventScroll: true });
  try {
    await stage.requestPointerLock({ unadjustedMovement: true });
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== "NotSupportedError") return;
    // Without raw motion; a refusal (too soon after Esc) needs no words: the next click asks again.
    await Promise.resolve(stage.requestPointerLock()).catch(() => {});
  }
}

/**
 * Sums what comes in and passes it on at most once per animation frame.
 * @param {(x: number, y: number) => void} flush
 * @returns {(x: number, y: number) => void}
 */
function oncePerFrame(flush) {
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
