// @ts-check
/** @typedef {import("./protocol.js").FileSpec} FileSpec */

import { PlayerError } from "./errors.js";
import { t } from "./texts.js";
import { sizeName } from "./words.js";

const QUALITY = 0.95;
/** Replaces transparency. Keep equal to the value in lucid/authoring/pictures.py. */
const BACKGROUND = "#ffffff";

/**
 * Convert a file to what the parameter accepts. An image is cropped, scaled and re-encoded.
 * @param {File} file
 * @param {FileSpec} spec
 * @returns {Promise<File>}
 */
export async function prepare(file, spec) {
  const accepted = !spec.mime_types.length || spec.mime_types.includes(file.type);
  const ready = spec.kind === "image" ? accepted && !spec.size : accepted;
  if (spec.kind === "image" && !(ready && file.size <= spec.max_bytes)) return fit(file, spec);
  if (!ready) {
    throw new PlayerError("input.upload", t`${file.name}: ${file.type || "?"} is not accepted`,
      t`choose one of these types: ${spec.mime_types.join(", ")}`);
  }
  if (file.size > spec.max_bytes) throw tooLarge(file.name, file.size, spec);
  return file;
}

/**
 * @param {File} file
 * @param {FileSpec} spec
 */
async function fit(file, spec) {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new PlayerError("input.upload", t`this browser cannot read ${file.name} as an image`,
      t`choose a PNG, JPEG or WebP file`);
  });
  const canvas = cover(bitmap, spec.size ?? [bitmap.width, bitmap.height]);
  bitmap.close();
  const types = spec.mime_types.length ? spec.mime_types : ["image/png", "image/jpeg"];
  let smallest = Infinity;
  for (const type of ["image/png", "image/jpeg", "image/webp"]) {
    if (!types.includes(type)) continue;
    const blob = await encode(canvas, type);
    if (blob?.type !== type) continue; // a browser without this encoder returns a PNG
    if (blob.size <= spec.max_bytes) return new File([blob], renamed(file.name, type), { type });
    smallest = Math.min(smallest, blob.size);
  }
  if (smallest < Infinity) throw tooLarge(file.name, smallest, spec);
  throw new PlayerError("input.upload",
    t`${file.name}: this browser cannot write ${types.join(", ")}`);
}

/**
 * Scale the image to cover the size, crop it around its centre, and fill transparency with white.
 * @param {ImageBitmap} image
 * @param {[number, number]} size
 */
function cover(image, [width, height]) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const scale = Math.max(width / image.width, height / image.height);
  const [w, h] = [image.width * scale, image.height * scale];
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.imageSmoothingQuality = "high";
  context.fillStyle = BACKGROUND;
  context.fillRect(0, 0, width, height);
  context.drawImage(image, (width - w) / 2, (height - h) / 2, w, h);
  return canvas;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {string} type
 * @returns {Promise<Blob|null>}
 */
function encode(canvas, type) {
  return new Promise((resolve) => canvas.toBlob(resolve, type, QUALITY));
}

/**
 * @param {string} name
 * @param {string} type
 */
function renamed(name, type) {
  return `${name.replace(/\.[^.]*$/, "")}.${type.replace("image/", "")}`;
}

/**
 * @param {string} name
 * @param {number} bytes
 * @param {FileSpec} spec
 */
function tooLarge(name, bytes, spec) {
  return new PlayerError("input.upload", t`${name} is too large: ${sizeName(bytes)}`,
    t`choose a file of at most ${sizeName(spec.max_bytes)}`);
}
