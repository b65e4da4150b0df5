// @ts-check
import { PlayerError } from "./errors.js";
import { t } from "./texts.js";

/** @typedef {import("./session.js").Session} Session */

/**
 * Send the inputs of a saved log again, at their times. Files cannot be sent again: the log has only
 * their names.
 * @param {Session} session
 * @param {string} log as `inputs.ndjson`
 * @param {AbortSignal} signal ends the replay
 */
export async function replay(session, log, signal) {
  const [head, ...lines] = parsed(log);
  if (head?.type !== "log") throw new PlayerError("replay", t`this is not a log of inputs`, t`choose an .ndjson file`);
  const kinds = new Map(session.hello?.manifest.inputs.map(({ name, binding }) => [name, binding?.kind]));
  /** What the log holds, with the arguments that release it. @type {Map<string, {[argument: string]: unknown}>} */
  const held = new Map();
  const begun_ms = performance.now() - (lines[0]?.t_ms ?? 0);
  for (const line of lines) {
    await until(begun_ms + line.t_ms, signal);
    if (signal.aborted) return;
    if (line.type === "pause" || line.type === "resume") session.setPaused(line.type === "pause");
    else if (line.type === "step") session.step();
    else if (line.type === "release_all") {
      for (const [name, neutral] of held) session.sendInput(name, neutral);
      held.clear();
    } else if (line.type === "input" && kinds.has(line.name) && !Object.values(line.args).some(isFile)) {
      const kind = kinds.get(line.name);
      if (kind === "hold") held.set(line.name, { pressed: false });
      if (kind === "axis") held.set(line.name, { value: 0 });
      session.sendInput(line.name, line.args);
    }
  }
}

/** @param {string} log @returns {any[]} */
function parsed(log) {
  try {
    return log.trim().split("\n").map((line) => JSON.parse(line));
  } catch {
    return [];
  }
}

/** @param {any} value */
function isFile(value) {
  return typeof value === "object" && value !== null && "sha256" in value;
}

/** @param {number} due_ms @param {AbortSignal} signal @returns {Promise<void>} */
function until(due_ms, signal) {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, due_ms - performance.now()));
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
