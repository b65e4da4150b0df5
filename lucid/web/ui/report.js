// @ts-check
/** @typedef {import("../client/protocol.js").WireError} WireError */
/** @typedef {import("./player.js").LucidPlayer} LucidPlayer */

/**
 * An error and its circumstances as text, for an issue: no address, no key, nothing typed.
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
