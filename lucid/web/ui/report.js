// @ts-check
/** @typedef {import("../client/protocol.js").WireError} WireError */
/** @typedef {import("./player.js").LucidPlayer} LucidPlayer */

/**
 * Return an error report for an issue. It contains no address, no key and no typed text.
 * @param {WireError} error
 * @param {LucidPlayer} player
 */
export function reportText({ code, message, hint }, { view }) {
  const { hello, state, figures, stages } = view;
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
  ];
  return lines.join("\n");
}
