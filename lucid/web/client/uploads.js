// @ts-check
import { PlayerError } from "./errors.js";

/**
 * Send a file for an input's parameter; returns the id that stands for it in the arguments.
 * @param {URL} server
 * @param {string} sessionId
 * @param {string} input
 * @param {string} parameter
 * @param {File} file
 * @returns {Promise<string>}
 */
export async function upload(server, sessionId, input, parameter, file) {
  const path = ["api/sessions", sessionId, "files", input, parameter]
    .map((part, index) => (index ? encodeURIComponent(part) : part)).join("/");
  const url = serverUrl(server, path);
  url.searchParams.set("filename", file.name);
  const headers = { "Content-Type": file.type || "application/octet-stream" };
  let response;
  try {
    response = await fetch(url, { method: "POST", headers, body: file });
  } catch {
    throw new PlayerError("upload", `${file.name} did not reach the server`, "try again");
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer.id;
  const { code, message, hint } = answer.error ?? {};
  throw new PlayerError(
    code ?? "upload", message ?? `${file.name}: the server answered ${response.status}`, hint);
}

/**
 * An address of the server, with the token where its own address carries one.
 * @param {URL} server
 * @param {string} path
 */
export function serverUrl(server, path) {
  const url = new URL(path, server);
  const token = server.searchParams.get("token");
  if (token) url.searchParams.set("token", token);
  return url;
}
