// @ts-check
/**
 * Lucid's client: what the player's page is made of, for pages of your own.
 *
 *     import { Session } from "http://127.0.0.1:8420/client.js";
 *     const session = new Session("http://127.0.0.1:8420/", {
 *       track: (output, track) => (video.srcObject = new MediaStream([track])),
 *     });
 *     session.sendInput("forward", { pressed: true });
 *
 * Nothing here draws: `Session` connects and plays, `Controls` turns gestures into inputs, `Meter`
 * measures, `Alignment` keeps frames in step with the display, the rest uploads and records.
 * docs/protocol.md is what goes over the wire.
 */
export { Alignment } from "./client/align.js";
export { defaultBindings } from "./client/bindings.js";
export { Controls } from "./client/controls.js";
export { prepare } from "./client/images.js";
export { PROTOCOL } from "./client/protocol.js";
export { inputLogUrl, record, save, screenshot } from "./client/recording.js";
export { argumentsOf } from "./client/schema.js";
export { Session } from "./client/session.js";
export { Meter } from "./client/stats.js";
