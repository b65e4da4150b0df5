// @ts-check
import { html, nothing, svg } from "../vendor/lit.js";

const SHAPES = {
  pause: svg`<path d="M9 5v14M15 5v14"/>`,
  play: svg`<path d="M7 4.5v15l12-7.5z"/>`,
  step: svg`<path d="M6 5v14l9-7zM18 5v14"/>`,
  reset: svg`<path d="M4 5v5h5M4.6 14a8 8 0 1 0 .9-7L4 10"/>`,
  dice: svg`<rect x="4" y="4" width="16" height="16" rx="4"/><path d="M8.5 8.5h.01M15.5 8.5h.01M12 12h.01M8.5 15.5h.01M15.5 15.5h.01" stroke-width="2.6"/>`,
  camera: svg`<path d="M4 8h3l1.6-2.5h6.8L17 8h3v11H4z"/><circle cx="12" cy="13" r="3.4"/>`,
  record: svg`<circle cx="12" cy="12" r="8"/><circle cx="12" cy="12" r="3.5" fill="currentColor"/>`,
  stop: svg`<rect x="6.5" y="6.5" width="11" height="11" rx="2" fill="currentColor"/>`,
  share: svg`<circle cx="6" cy="12" r="2.5"/><circle cx="17" cy="6" r="2.5"/><circle cx="17" cy="18" r="2.5"/><path d="m8.3 10.8 6.4-3.6M8.3 13.2l6.4 3.6"/>`,
  figures: svg`<path d="M4 19V5M4 19h16M8 15l3.5-5 3 3L19 7"/>`,
  settings: svg`<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2.2"/><circle cx="9" cy="17" r="2.2"/>`,
  help: svg`<circle cx="12" cy="12" r="8.5"/><path d="M9.6 9.6a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.2.9-1.2 1.8M12 16.6h.01"/>`,
  enlarge: svg`<path d="M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5"/>`,
  reduce: svg`<path d="M4 9h5V4M20 9h-5V4M4 15h5v5M20 15h-5v5"/>`,
  panel: svg`<rect x="3.5" y="5" width="17" height="14" rx="2.5"/><path d="M14.5 5v14"/>`,
  sound: svg`<path d="M4 9.5v5h3.5L12 18V6L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11"/>`,
  mute: svg`<path d="M4 9.5v5h3.5L12 18V6L7.5 9.5zM16 10l4.5 4.5M20.5 10 16 14.5"/>`,
  webcam: svg`<circle cx="12" cy="10" r="6"/><circle cx="12" cy="10" r="2"/><path d="M6 20h12M12 16v4"/>`,
  image: svg`<rect x="4" y="5" width="16" height="14" rx="2.5"/><circle cx="9" cy="10" r="1.4"/><path d="m5 17 5-4 3 2.5 3-3 4 4"/>`,
  close: svg`<path d="m6 6 12 12M18 6 6 18"/>`,
  copy: svg`<rect x="8" y="8" width="12" height="12" rx="2.5"/><path d="M16 8V4H4v12h4"/>`,
  send: svg`<path d="M5 12h13M13 6.5l5.5 5.5-5.5 5.5"/>`,
  film: svg`<rect x="3.5" y="5" width="17" height="14" rx="2"/><path d="M8 5v14M16 5v14M3.5 9.5H8M3.5 14.5H8M16 9.5h4.5M16 14.5h4.5"/>`,
  download: svg`<path d="M12 4v11M7 10.5l5 5 5-5M5 19.5h14"/>`,
  log: svg`<path d="M5 6h14M5 12h14M5 18h8"/>`,
};

/**
 * @typedef {keyof typeof SHAPES} IconName
 * @param {IconName} name
 */
export function icon(name) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${SHAPES[name]}</svg>`;
}

/**
 * Render a button with only an icon. Its label is shown on hover and read by screen readers.
 * @param {IconName} name
 * @param {string} label
 * @param {() => void} onClick
 * @param {{disabled?: boolean, pressed?: boolean, id?: string}} [state]
 */
export function iconButton(name, label, onClick, { disabled = false, pressed, id } = {}) {
  return html`<button type="button" class="tool" id=${id ?? nothing} aria-label=${label} title=${label}
    ?disabled=${disabled} aria-pressed=${pressed === undefined ? nothing : String(pressed)}
    ?data-on=${pressed} @click=${onClick}>${icon(name)}</button>`;
}
