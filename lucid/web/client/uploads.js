// @ts-check
import { PlayerError } from "./errors.js";

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
    throw new PlayerError("upload", `${file.name} could not be sent to the server`, "try again");
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer.id;
  const { code, message, hint } = answer.error ?? {};
  throw new PlayerError(
    code ?? "upload", message ?? `${file.name}: the server answered ${response.status}`, hint);
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
