// @ts-check
/** @typedef {import("./protocol.js").WireError} WireError */

import { PROTOCOL } from "./protocol.js";
import { t } from "./texts.js";

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

/** @returns {WireError} */
export function unreachable() {
  return {
    code: "media.unreachable",
    message: t`the server sends no video to this browser`,
    hint: t`reload the page; a proxy between this browser and the server must pass WebSockets on`,
  };
}

/** @param {number} protocol that the server uses @returns {WireError} */
export function wrongProtocol(protocol) {
  return {
    code: "protocol",
    message: t`the server uses protocol ${protocol}, this page uses protocol ${PROTOCOL}`,
    hint: t`reload the page`,
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
  return { code: "page", message: String(error), hint: t`reload the page` };
}
