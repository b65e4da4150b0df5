// @ts-check
/** Types of the messages between page and server, and the protocol version that both must use. */

export const PROTOCOL = 1;

/**
 * @typedef {"loading"|"ready"|"running"|"paused"|"ending"|"ended"|"failed"} SessionState
 * @typedef {{code: string, message: string, hint: string|null}} WireError
 *
 * @typedef {{kind: "hold"|"press", keys: string[], mouse_buttons: number[]}} ButtonBinding
 * @typedef {{kind: "axis", positive_keys: string[], negative_keys: string[]}} AxisBinding
 * @typedef {{kind: "pointer"|"wheel"}} MotionBinding
 * @typedef {ButtonBinding|AxisBinding|MotionBinding} Binding
 *
 * @typedef {{kind: "file"|"image", mime_types: string[], max_bytes: number,
 *   size: [number, number]|null, gallery: string[]}} FileSpec
 * What a camera or a microphone sends.
 * @typedef {{kind: "camera", size: [number, number], layout: string}
 *   | {kind: "microphone", sample_rate_hz: number}} CaptureSpec
 * @typedef {{[key: string]: any}} JsonSchema
 * @typedef {{name: string, description: string, paused: boolean, binding: Binding|null,
 *   arguments: JsonSchema}} InputSpec
 *
 * @typedef {{name: string, description: string, kind: "video", width: number, height: number,
 *   fps: number|null}} VideoOutput
 * @typedef {{name: string, description: string, kind: "audio", sample_rate_hz: number,
 *   channels: number}} AudioOutput
 * @typedef {{name: string, description: string, kind: "json"}} JsonOutput
 * @typedef {{name: string, description: string, kind: "bytes", mime_type: string}} BytesOutput
 * @typedef {VideoOutput|AudioOutput|JsonOutput|BytesOutput} Output
 *
 * @typedef {{model: {name: string, description: string, repo: string, licence: string}, inputs: InputSpec[],
 *   outputs: Output[],
 *   presets: {name: string, inputs: {[input: string]: {[argument: string]: unknown}}}[]}} Manifest
 *
 * A page's role in a session: its player, a spectator, or a guest who also plays.
 * @typedef {"player"|"spectator"|"guest"} Role
 *
 * @typedef {{type: "hello", protocol: number, session_id: string, version: string,
 *   manifest: Manifest, ice_servers?: RTCIceServer[], role?: Role, resume_token?: string, watch_url?: string,
 *   play_url?: string, may_play?: boolean, resumed?: boolean}} Hello
 * @typedef {{watch_url: string, play_url: string, until_ms: number,
 *   guests: {number: number, muted: boolean}[]}} Shared
 * @typedef {{type: "renew"} | {type: "guest", number: number, act: "mute"|"unmute"|"kick"}} Share
 * @typedef {{type: "receipt", output: string, rtp: number, index: number, input_seq: number,
 *   step_ms: number, age_ms: number}} Receipt
 * @typedef {{type: "answer", sdp: string, tracks: {[mid: string]: string}}} Answer
 * @typedef {"H264"|"VP8"|"JPEG"} Codec
 * @typedef {{type: "gpu", used_bytes: number, total_bytes: number}} GpuMemory
 *
 * @typedef {{type: "progress", stage: string, fraction: number|null, last_s: number|null}} Progress
 *
 * @typedef {{type: "queue", position: number, wait_s: number|null, watch_key: string|null}} Queue
 * @typedef {Hello
 *   | Queue
 *   | {type: "turn", left_s: number|null}
 *   | {type: "sharing", left_s: number} & Shared
 *   | {type: "state", state: SessionState}
 *   | Progress
 *   | Answer
 *   | {type: "connected", codec: Codec}
 *   | Receipt
 *   | {type: "output", name: string, value: unknown}
 *   | {type: "error", seq: number|null} & WireError
 *   | GpuMemory
 *   | {type: "ping"}} ServerMessage
 */

/** Return whether the media may connect in this state. @param {SessionState} state */
export function canConnect(state) {
  return state === "ready" || state === "running" || state === "paused";
}
