// @ts-check
/** @typedef {import("./protocol.js").Hello} Hello */
/** @typedef {import("./protocol.js").SessionState} SessionState */
/** @typedef {import("./protocol.js").WireError} WireError */

/**
 * A session's callbacks. `hello` is called again when a new session replaces a lost one.
 * @typedef {object} SessionEvents
 * @property {(hello: Hello) => void} hello
 * @property {(queue: import("./protocol.js").Queue) => void} queue
 * @property {(shared: import("./protocol.js").Shared) => void} sharing
 * @property {(left_s: number|null) => void} turn when the turn ends, or null if it does not
 * @property {(progress: import("./protocol.js").Progress) => void} progress
 * @property {(state: SessionState) => void} state
 * @property {(error: WireError & {seq?: number|null}) => void} error
 * @property {(output: string, track: MediaStreamTrack) => void} track
 * @property {(output: string, value: unknown) => void} json
 * @property {(output: string, payload: Uint8Array<ArrayBuffer>) => void} bytes
 * @property {(receipt: import("./protocol.js").Receipt) => void} receipt
 * @property {(memory: import("./protocol.js").GpuMemory) => void} gpu
 * @property {(seq: number, name: string, args: {[argument: string]: unknown}) => void} sent
 * @property {(open: boolean) => void} channel whether inputs can be sent now
 * @property {(reason: string, retry_s: number) => void} lost the connection, retried in `retry_s`
 */

const ignore = () => {};

/** @type {SessionEvents} */
export const NOTHING = {
  hello: ignore, sharing: ignore, queue: ignore, turn: ignore, progress: ignore, state: ignore, error: ignore,
  track: ignore, json: ignore, bytes: ignore, receipt: ignore, gpu: ignore, sent: ignore, channel: ignore,
  lost: ignore,
};

/**
 * Pass on a message that changes nothing in the session itself.
 * @param {import("./protocol.js").ServerMessage} message
 * @param {SessionEvents} events
 */
export function pass(message, events) {
  switch (message.type) {
    case "queue": return events.queue(message);
    case "sharing": return events.sharing({ ...message, until_ms: Date.now() + message.left_s * 1000 });
    case "turn": return events.turn(message.left_s);
    case "progress": return events.progress(message);
    case "gpu": return events.gpu(message);
    case "output": return events.json(message.name, message.value);
    case "receipt": return events.receipt(message);
  }
}
