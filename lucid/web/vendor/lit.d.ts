export * from "lit";
export { createRef, ref } from "lit/directives/ref.js";
export { repeat } from "lit/directives/repeat.js";
export { live } from "lit/directives/live.js";
export { keyed } from "lit/directives/keyed.js";
