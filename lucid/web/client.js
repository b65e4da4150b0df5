// @ts-check
/**
 * Lucid's browser client, for your own pages. The player page is built on it.
 *
 *     import { Session } from "http://127.0.0.1:8420/client.js";
 *     const session = new Session("http://127.0.0.1:8420/", {
 *       track: (output, track) => (video.srcObject = new MediaStream([track])),
 *     });
 *     session.sendInput("forward", { pressed: true });
 *
 * It renders nothing. `Session` connects and plays, `Controls` turns gestures into inputs, `Meter`
 * measures, `Alignment` aligns frames with the display, and the other exports upload and record.
 * docs/protocol.md describes the wire protocol.
 */
export { Alignment } from "./client/align.js";
export { defaultBindings } from "./client/bindings.js";
export { Controls } from "./client/controls.js";
export { prepare } from "./client/images.js";
export { PROTOCOL } from "./client/protocol.js";
export { capsuleUrl, record, save, screenshot } from "./client/recording.js";
export { argumentsOf } from "./client/schema.js";
export { Session } from "./client/session.js";
export { Meter } from "./client/stats.js";
