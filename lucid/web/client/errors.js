// @ts-check
/** @typedef {import("./protocol.js").WireError} WireError */

import { PROTOCOL } from "./protocol.js";

/** An error with a message for the player. */
export class PlayerError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {string|null} hint
   */
  constructor(code, message, hint = null) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

/** @type {WireError} */
export const UNREACHABLE = {
  code: "media.unreachable",
  message: "the server sends no video to this browser",
  hint: "reload the page; if a proxy stands between, it must pass WebSockets on",
};

/** @param {number} protocol that the server uses @returns {WireError} */
export function wrongProtocol(protocol) {
  return {
    code: "protocol",
    message: `the server uses protocol ${protocol}, this page uses protocol ${PROTOCOL}`,
    hint: "reload the page",
  };
}

/**
 * Convert any thrown value to the wire format for errors.
 * @param {unknown} error
 * @returns {WireError}
 */
export function toWire(error) {
  if (error instanceof PlayerError) {
    return { code: error.code, message: error.message, hint: error.hint };
  }
  console.error(error);
  return { code: "page", message: String(error), hint: "reload the page" };
}
