// @ts-check
/** @typedef {import("./protocol.js").InputSpec} InputSpec */
/** @typedef {import("./session.js").Session} Session */

import { PlayerError } from "./errors.js";
import { prepare } from "./images.js";
import { argumentsOf } from "./schema.js";
import { t } from "./texts.js";
import { serverUrl } from "./uploads.js";

/**
 * A way to start: the arguments of each input to send. A picture is a blob, or its file name in the
 * gallery of the parameter.
 * @typedef {{name: string, inputs: {[input: string]: {[argument: string]: unknown}}}} Start
 */

/**
 * Return the input and the argument that take a picture to start from, if there is one that needs
 * nothing else.
 * @param {InputSpec[]} inputs
 */
export function pictureInput(inputs) {
  for (const spec of inputs) {
    const args = spec.binding ? [] : argumentsOf(spec.arguments);
    const argument = args.find(({ schema }) => schema.file?.kind === "image");
    if (argument && args.every((one) => one === argument || !one.required)) return { spec, argument };
  }
  return null;
}

/**
 * Return the address of a picture in a gallery.
 * @param {URL} server
 * @param {string} input
 * @param {string} parameter
 * @param {string} name
 */
export function galleryUrl(server, input, parameter, name) {
  return serverUrl(server, "api", "gallery", input, parameter, name).href;
}

/**
 * Send the inputs of a start, in order.
 * @param {Session} session
 * @param {Start} start
 */
export async function begin(session, { inputs }) {
  for (const [name, given] of Object.entries(inputs)) {
    const spec = session.hello?.manifest.inputs.find((one) => one.name === name);
    const args = { ...given };
    for (const { name: parameter, schema } of spec ? argumentsOf(spec.arguments) : []) {
      if (!schema.file || !args[parameter]) continue;
      const file = await fileOf(session.server, name, parameter, args[parameter]);
      args[parameter] = await session.upload(name, parameter, await prepare(file, schema.file));
    }
    session.sendInput(name, args);
  }
}

/**
 * @param {URL} server
 * @param {string} input
 * @param {string} parameter
 * @param {unknown} picture
 */
async function fileOf(server, input, parameter, picture) {
  if (picture instanceof File) return picture;
  if (picture instanceof Blob) return new File([picture], "picture", { type: picture.type });
  const name = String(picture);
  const response = await fetch(galleryUrl(server, input, parameter, name));
  if (!response.ok) throw new PlayerError("gallery", t`${name}: the server answered ${response.status}`);
  const blob = await response.blob();
  return new File([blob], name, { type: blob.type });
}
