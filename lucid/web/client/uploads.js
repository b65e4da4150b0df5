// @ts-check
import { PlayerError } from "./errors.js";
import { t } from "./texts.js";

/**
 * Upload a file for an input's parameter; return its id for the input's arguments.
 * @param {URL} server
 * @param {string} sessionId
 * @param {string} input
 * @param {string} parameter
 * @param {File} file
 * @returns {Promise<string>}
 */
export async function upload(server, sessionId, input, parameter, file) {
  const url = serverUrl(server, "api", "sessions", sessionId, "files", input, parameter);
  url.searchParams.set("filename", file.name);
  const headers = { "Content-Type": file.type || "application/octet-stream" };
  let response;
  try {
    response = await fetch(url, { method: "POST", headers, body: file });
  } catch {
    throw new PlayerError("upload", t`${file.name} could not be sent to the server`, t`try again`);
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer.id;
  const { code, message, hint } = answer.error ?? {};
  throw new PlayerError(
    code ?? "upload", message ?? t`${file.name}: the server answered ${response.status}`, hint);
}

/**
 * Return the end of the server's log, or "" for a page that may not read it.
 * @param {URL} server
 */
export async function readLog(server) {
  try {
    const response = await fetch(serverUrl(server, "api", "log"));
    return response.ok ? await response.text() : "";
  } catch {
    return "";
  }
}

/** Load the model again. @param {URL} server */
export async function reload(server) {
  const response = await fetch(serverUrl(server, "api", "reload"), { method: "POST" });
  if (response.ok) return;
  const { error } = await response.json().catch(() => ({}));
  throw new PlayerError(error?.code ?? "reload",
    error?.message ?? t`the server answered ${response.status}`, error?.hint ?? null);
}

/**
 * Return a URL on the server, with the token if the server's address has one.
 * @param {URL} server
 * @param {string[]} path unencoded path segments
 */
export function serverUrl(server, ...path) {
  const url = new URL(path.map(encodeURIComponent).join("/"), server);
  const token = server.searchParams.get("token");
  if (token) url.searchParams.set("token", token);
  return url;
}
