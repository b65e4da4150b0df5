// @ts-check
/** @typedef {import("../client/protocol.js").SessionState} SessionState */
/** @typedef {import("../client/protocol.js").WireError} WireError */

import { argumentsOf, isRngSeed } from "../client/schema.js";
import { defaults } from "../client/store.js";
import { t } from "../client/texts.js";
import { inWords } from "../client/words.js";

/**
 * The player's immutable view state.
 * @typedef {object} View
 * @property {SessionState|"connecting"|"queued"|"disconnected"} state
 * @property {import("../client/protocol.js").Hello|null} hello
 * @property {import("../client/protocol.js").Shared|null} sharing the player's links and guests
 * @property {number} position in the queue, 1 is next
 * @property {number|null} wait_ends_ms when the wait in the queue is likely to end, if known
 * @property {number|null} turn_ends_ms when the turn ends, because others wait
 * @property {Stage[]} stages of loading, the current one last
 * @property {WireError|null} error the reason for the session's end
 * @property {number} retry_s until the next try to connect
 * @property {number|null} lost_ms when the connection was lost, until inputs can be sent again
 * @property {boolean} pictured whether a frame has arrived
 * @property {number|null} went_back_ms when the player last went back to a picture or a branch
 * @property {boolean} open whether inputs can be sent
 * @property {boolean} locked whether the pointer is locked
 * @property {import("../client/controls.js").Device} device in use
 * @property {{[input: string]: Set<import("../client/inputs.js").End>}} held
 * @property {import("../client/store.js").Kept} kept
 * @property {import("../client/stats.js").Figures|null} figures
 * @property {number} silent_ms how long the server has sent nothing
 * @property {"webrtc"|"socket"|null} wire how the media travels now
 * @property {boolean} measuring whether the figures are shown
 * @property {import("./notices.js").Notice[]} notices
 * @property {string} log the end of the server's log, after a failure
 * @property {"help"|"settings"|"share"|"saved"|"compare"|null} dialog
 * @property {number|null} compared the number of the branch that is compared with what is played
 * @property {boolean} film whether the filmstrip is shown
 * @property {string} prompt the last one that was sent
 * @property {import("../client/recording.js").Recording|null} recording
 * @property {boolean} fullscreen
 * @property {Room} room how much room the page has
 * @property {boolean|null} sheet whether a phone shows the panel; null before the player chose
 * @property {boolean} first whether the first screen is shown, until the player starts or plays
 * @property {import("../client/starts.js").Start|null} start what was chosen before the world runs
 * @property {boolean} tips whether short tips are shown, as in the first seconds
 * @property {boolean|null} muted null without sound
 * @property {("camera"|"microphone")[]} capturing what is on and sent to the model
 *
 * A window with a panel beside the picture, a phone in portrait, or a phone in landscape.
 * @typedef {"wide"|"tall"|"low"} Room
 *
 * @typedef {{name: string, fraction: number|null, since_ms: number, until_ms: number|null,
 *   last_s: number|null}} Stage
 */

/** @returns {View} */
export function fresh() {
  return {
    state: "connecting", hello: null, sharing: null, position: 0, wait_ends_ms: null, turn_ends_ms: null, stages: [], error: null, retry_s: 0, lost_ms: null,
    pictured: false, went_back_ms: null, open: false, locked: false, device: "keyboard", held: {}, kept: defaults(),
    figures: null, silent_ms: 0, wire: null, measuring: false, notices: [], log: "", dialog: null, compared: null, film: false, prompt: "", recording: null,
    fullscreen: false, room: "wide", sheet: null, first: true, start: null, tips: true, muted: null, capturing: [],
  };
}

/** @param {View["state"]} state */
const stateName = (state) => ({
  connecting: t`Connecting`, queued: t`In queue`, disconnected: t`Reconnecting`, loading: t`Loading`,
  ready: t`Starting`, running: t`Live`, paused: t`Paused`, ending: t`Ending`, ended: t`Ended`,
  failed: t`Failed`,
}[state]);

/** @param {View} view */
export function statusText(view) {
  const { state, position, stages, hello } = view;
  const name = stateName(state);
  const stage = stages.at(-1);
  if (state === "queued") return `${name}: ${position}`;
  if (state === "loading" && stage) return `${name}: ${stageText(stage)}`;
  if (thinking_s(view) !== null) return t`Thinking`;
  if (isBriefCut(view)) return stateName("disconnected");
  return state === "running" && hello?.role === "spectator" ? t`Watching` : name;
}

/** @param {Stage} stage */
export function stageText({ name, fraction }) {
  return fraction === null ? inWords(name) : `${inWords(name)} ${Math.floor(fraction * 100)} %`;
}

/**
 * Return the stages of loading after a progress report.
 * @param {Stage[]} stages
 * @param {import("../client/protocol.js").Progress} progress
 * @param {number} now_ms
 * @returns {Stage[]}
 */
export function nextStages(stages, { stage: name, fraction, last_s }, now_ms) {
  const last = stages.at(-1);
  if (last?.name === name) return [...stages.slice(0, -1), { ...last, fraction }];
  const done = stages.map((stage) => ({ ...stage, until_ms: stage.until_ms ?? now_ms }));
  return [...done, { name, fraction, since_ms: now_ms, until_ms: null, last_s }];
}

/** If a running session gets no frame for this time, the page says that the model is thinking. */
const PATIENCE_MS = 2_000;
/** The server pings every 2 s: after a longer silence, the cause may be the network. */
const SILENCE_MS = 6_000;

/**
 * Return for how long the model has been thinking about the next frame, or null if it is not slow.
 * @param {View} view
 */
export function thinking_s({ state, open, figures, silent_ms }) {
  if (state !== "running" || !open || silent_ms > SILENCE_MS) return null;
  const idle_ms = figures?.idle_ms ?? 0;
  return idle_ms < PATIENCE_MS ? null : Math.round(idle_ms / 1000);
}

/** After a player has gone back, frames of before may still come for this time. */
const LATE_MS = 5_000;

/** Return whether no frame has come since the player went back. @param {View} view */
export function goesBack({ went_back_ms, figures }) {
  return went_back_ms !== null && performance.now() - (figures?.idle_ms ?? 0) < went_back_ms + LATE_MS;
}

/** A lost connection is shown over the dimmed last frame for this time, and then as an error. */
const CUT_MS = 6_000;

/**
 * Return whether the connection was lost a short time ago, so that the session is likely to resume.
 * @param {View} view
 */
export function isBriefCut({ state, lost_ms, pictured }) {
  return lost_ms !== null && pictured && performance.now() - lost_ms < CUT_MS
    && (state === "disconnected" || state === "running" || state === "paused");
}

/** Return whether the server has sent nothing for too long. @param {View} view */
export function isSilent({ state, open, silent_ms }) {
  return state === "running" && open && silent_ms > SILENCE_MS;
}

/** Return the room of a page of this size. @param {number} width @param {number} height */
export function roomOf(width, height) {
  if (height <= 480 && width > height) return "low";
  return width < 860 ? "tall" : "wide";
}

/** Return the inputs that have a form in the panel. @param {View} view */
export function formsOf(view) {
  const inputs = plays(view) ? view.hello?.manifest.inputs ?? [] : [];
  const reset = resetOf(view); // without arguments, the button "Reset the world" does all of it
  return inputs.filter((spec) => !spec.binding
    && (spec !== reset || argumentsOf(spec.arguments).length > 0));
}

/**
 * Return the inputs from which the world starts: a picture, or the rng seed.
 * @param {View} view
 */
export function startsOf(view) {
  return formsOf(view).filter((spec) => argumentsOf(spec.arguments).some((argument) =>
    argument.schema.file?.kind === "image" || isRngSeed(argument)));
}

/** Return the port's reset input, if it needs no arguments. @param {View} view */
export function resetOf({ hello }) {
  return hello?.manifest.inputs.find(({ name, arguments: { required = [] } }) =>
    name === "reset" && required.length === 0);
}

/** Return whether "Reset the world" works: only the player may start the session anew. @param {View} view */
export function canReset(view) {
  return isLive(view) && view.open && (view.hello?.role === "player" || resetOf(view) !== undefined);
}

/** Return the outputs that have a readout in the panel. @param {View} view */
export function readoutsOf({ hello }) {
  const outputs = hello?.manifest.outputs ?? [];
  const first = outputs.find(({ kind }) => kind === "video");
  return outputs.filter((one) => one !== first && one.kind !== "audio");
}

/** Return whether there is something for the panel to show. @param {View} view */
export function hasPanel(view) {
  return formsOf(view).length + readoutsOf(view).length > 0;
}

/** Return whether the panel is shown. @param {View} view */
export function showsPanel(view) {
  const { room, sheet, kept } = view;
  return hasPanel(view) && (room === "wide" ? kept.panel : sheet ?? room === "tall");
}

/** Return whether this page can play, as player or guest. @param {View} view */
export function plays(view) {
  return view.hello !== null && view.hello.role !== "spectator";
}

/** @param {View} view */
export function isLive({ state }) {
  return state === "running" || state === "paused";
}

/** Convert a time that is left to a time of `performance.now()`. @param {number|null} left_s */
export function inTime(left_s) {
  return left_s === null ? null : performance.now() + left_s * 1000;
}
