// @ts-check
/** @typedef {import("./fields.js").Field} Field */
/** @typedef {import("./fields.js").FieldOptions} FieldOptions */
/** @typedef {import("./protocol.js").FileSpec} FileSpec */

import { el } from "./dom.js";
import { prepare } from "./uploads.js";
import { sizeName } from "./words.js";

/**
 * A file picker that files can also be dropped on; shows what will be sent.
 * @param {FileSpec} spec
 * @param {FieldOptions} options
 * @returns {Field}
 */
export function fileField(spec, { label, upload, report }) {
  const picker = el("input", { type: "file", className: "unseen", required: true });
  picker.accept = spec.mime_types.join(",") || (spec.kind === "image" ? "image/*" : "");
  const preview = el("img", { alt: "", hidden: true });
  const text = el("span", { className: "muted" }, invitation(spec));
  const element = el("label", { className: "field drop" },
    el("span", { className: "label" }, label), preview, text, picker);
  /** @type {File|null} */
  let prepared = null;
  let send = () => {};

  /** @param {File|null} file */
  const show = (file) => {
    prepared = file;
    if (!file) picker.value = "";
    text.textContent = file ? `${file.name} · ${sizeName(file.size)}` : invitation(spec);
    URL.revokeObjectURL(preview.src);
    preview.hidden = spec.kind !== "image" || !file;
    if (!preview.hidden && file) preview.src = URL.createObjectURL(file);
  };
  const take = async () => {
    const [file] = picker.files ?? [];
    if (!file) return show(null);
    try {
      show(await prepare(file, spec));
      send();
    } catch (error) {
      show(null);
      report(error);
    }
  };
  picker.addEventListener("change", take);
  acceptDrops(element, picker);
  return {
    element,
    read: () => prepared && upload(prepared),
    onEdit: (callback) => (send = callback),
  };
}

/** @param {FileSpec} spec */
function invitation({ kind, size }) {
  const what = kind === "image" ? "image" : "file";
  const how = size ? `, cropped to ${size.join("×")}` : "";
  return `Choose or drop ${what === "image" ? "an" : "a"} ${what}${how}`;
}

/**
 * @param {HTMLElement} element
 * @param {HTMLInputElement} picker
 */
function acceptDrops(element, picker) {
  element.addEventListener("dragover", (event) => {
    event.preventDefault();
    element.toggleAttribute("data-over", !picker.matches(":disabled"));
  });
  element.addEventListener("dragleave", () => element.removeAttribute("data-over"));
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    element.removeAttribute("data-over");
    if (picker.matches(":disabled") || !event.dataTransfer?.files.length) return;
    const one = new DataTransfer(); // a picker takes one file, a drop may hold more
    one.items.add(event.dataTransfer.files[0]);
    picker.files = one.files;
    picker.dispatchEvent(new Event("change"));
  });
}
