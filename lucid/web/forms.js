// @ts-check
/** @typedef {import("./protocol.js").InputSpec} InputSpec */
/** @typedef {import("./session.js").Session} Session */

import { el } from "./dom.js";
import { field } from "./fields.js";
import { argumentsOf } from "./schema.js";
import { labelOf } from "./words.js";

const SENT_MS = 1500;

/**
 * The form of an input that no gesture is bound to. With one argument it sends each edit, with
 * several when they are applied, with none it is a button.
 * @param {InputSpec} spec
 * @param {Session} session
 * @param {(error: unknown) => void} report
 */
export function inputForm(spec, session, report) {
  const label = labelOf(spec);
  const args = argumentsOf(spec.arguments);
  const alone = args.length === 1;
  const fields = args.map((argument) => ({
    name: argument.name,
    ...field(argument, {
      label: alone ? label : argument.label,
      alone,
      report,
      upload: (file) => session.upload(spec.name, argument.name, file),
    }),
  }));
  const button = sendButton(args, label);
  const box = el("fieldset", {}, ...fields.map(({ element }) => element));
  if (args.length > 1) box.prepend(el("legend", {}, label));
  if (button) box.append(button);
  const form = el("form", { className: "control", "data-input": spec.name }, box);
  let busy = false;

  const refresh = () => (box.disabled = busy || !session.accepts(spec));
  const send = async () => {
    if (!session.accepts(spec)) return;
    const values = fields.map(({ name, read }) => /** @type {const} */ ([name, read()]));
    const waits = values.some(([, value]) => value instanceof Promise);
    busy = waits;
    form.toggleAttribute("data-busy", waits);
    refresh();
    try {
      const settled = waits ? await settle(values) : values;
      session.sendInput(spec.name, Object.fromEntries(settled.filter(given)));
      flash(form);
    } catch (error) {
      report(error);
    }
    busy = false;
    form.removeAttribute("data-busy");
    refresh();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  if (alone) fields[0].onEdit(() => form.requestSubmit());
  return { element: form, refresh };
}

/**
 * @param {import("./schema.js").Argument[]} args
 * @param {string} label
 */
function sendButton(args, label) {
  if (args.length === 0) return el("button", {}, label);
  if (args.length > 1) return el("button", {}, "Apply");
  if (args[0].kind === "text") return el("button", { "aria-label": `Send: ${label}` }, "Send");
  return null;
}

/** @param {(readonly [string, unknown])[]} values */
function settle(values) {
  return Promise.all(values.map(
    async ([name, value]) => /** @type {const} */ ([name, await value])));
}

/** @param {readonly [string, unknown]} entry */
function given([, value]) {
  return value !== undefined;
}

/**
 * Says for a moment that it was sent.
 * @param {HTMLElement} form
 */
function flash(form) {
  form.setAttribute("data-sent", "");
  setTimeout(() => form.removeAttribute("data-sent"), SENT_MS);
}
