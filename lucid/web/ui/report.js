// @ts-check
/** @typedef {import("../client/protocol.js").WireError} WireError */
/** @typedef {import("./player.js").LucidPlayer} LucidPlayer */

/**
 * Return an error report for an issue, with the end of the server's log after a failure. It contains
 * no key and no picture; the server has removed its secrets.
 * @param {WireError} error
 * @param {LucidPlayer} player
 */
export function reportText({ code, message, hint }, { view }) {
  const { hello, state, figures, stages, log } = view;
  const lines = [
    `Lucid ${hello?.version ?? "(version unknown)"}, model ${hello?.manifest.model.name ?? "unknown"}`,
    `error: ${message}`,
    `next: ${hint ?? "-"}`,
    `code: ${code}`,
    `state: ${state}, as ${hello?.role ?? "player"}`,
    `loading: ${stages.map(({ name }) => name).join(" > ") || "-"}`,
    `figures: ${figures ? JSON.stringify({ ...figures, gpu: figures.gpu ?? undefined }) : "-"}`,
    `browser: ${navigator.userAgent}`,
    `time: ${new Date().toISOString()}`,
    ...(log ? ["log:", log] : []),
  ];
  return lines.join("\n");
}
