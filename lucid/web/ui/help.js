// @ts-check
/** @typedef {import("./player.js").LucidPlayer} LucidPlayer */
/** @typedef {import("./view.js").View} View */

import { endsOf, needsStick } from "../client/bindings.js";
import { isStandard, pads } from "../client/gamepad.js";
import { t } from "../client/texts.js";
import { labelOf, sourceName } from "../client/words.js";
import { html, nothing } from "../vendor/lit.js";

/**
 * Render the help: the controls of this world by device, and the page's own features.
 * @param {View} view
 * @param {LucidPlayer} player
 */
export function help(view, player) {
  const specs = (view.hello?.manifest.inputs ?? []).filter(({ binding }) => binding);
  const bound = player.controls?.bound ?? [];
  /** @param {string} name @param {number} end @param {string[]} kinds */
  const caps = (name, end, kinds) => bound
    .filter((one) => one.name === name && one.end === end
      && kinds.some((kind) => one.source.startsWith(kind)))
    .map(({ source }) => html`<kbd>${sourceName(source)}</kbd> `);
  const rows = specs.flatMap((spec) => {
    const kind = spec.binding?.kind;
    if (kind === "pointer") return [row(labelOf(spec), t`Mouse, after a click`, t`Right stick`)];
    if (kind === "wheel") return [row(labelOf(spec), t`Wheel`, "–")];
    const ends = endsOf(spec);
    return ends.map((end) => row(
      ends.length > 1 ? `${labelOf(spec)} ${end > 0 ? "+" : "−"}` : labelOf(spec),
      caps(spec.name, end, ["key:", "mouse:"]), caps(spec.name, end, ["pad:"])));
  });
  const [pad] = pads();
  const looks = specs.some(({ binding }) => binding?.kind === "pointer");
  const touch = [
    needsStick(bound) ? t`Move with the stick.` : "",
    looks ? t`Drag over the picture to look around.` : "",
    specs.some((spec) => endsOf(spec).length) ? t`Press the buttons on the screen.` : "",
  ].filter(Boolean).join(" ");
  return html`
    ${view.device === "touch" && touch ? html`<p>${touch}</p>` : nothing}
    ${rows.length ? html`<table>
      <thead><tr><th scope="col">${t`In this world`}</th><th scope="col">${t`Keys and mouse`}</th>
        <th scope="col">${t`Gamepad`}</th></tr></thead>
      <tbody>${rows}</tbody></table>` : nothing}
    <ul class="tips">
      ${looks ? html`<li>${t`Esc releases the mouse.`}</li>` : nothing}
      <li>${t`Tab moves through the page's controls.`}</li>
      <li>${looks ? t`Settings has the keys, the sensitivity and the scaling of the picture.`
        : t`Settings has the keys and the scaling of the picture.`}</li>
      <li>${globalThis.isSecureContext
        ? gamepad(pad)
        : t`Gamepads, the webcam and the clipboard need HTTPS: start the server with --lan.`}</li>
    </ul>`;
}

/** @param {Gamepad|undefined} pad */
function gamepad(pad) {
  if (!pad) return t`Connect a gamepad and press one of its buttons.`;
  if (isStandard(pad)) return t`Gamepad: ${pad.id}`;
  return t`Gamepad: ${pad.id}. This browser does not know its layout: its buttons and its first stick work, but its right stick does not look around. You can bind its other buttons and sticks in Settings.`;
}

/** @param {string} label @param {unknown} keys @param {unknown} pad */
function row(label, keys, pad) {
  return html`<tr><th scope="row">${label}</th><td>${keys}</td><td>${pad}</td></tr>`;
}
