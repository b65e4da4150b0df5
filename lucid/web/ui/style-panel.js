// @ts-check
import { css } from "../vendor/lit.js";

/** The panel beside the picture: forms and readouts. */
export const panel = css`
  #panel {
    position: relative; z-index: 1; display: grid; gap: 14px; align-content: start; min-width: 0;
    padding: 16px; overflow: auto; border-left: 1px solid var(--line); background: var(--page);
    scrollbar-width: thin;
  }
  .about { color: var(--muted); font-size: 14px; text-wrap: pretty; }
  .group {
    border: 1px solid var(--line); border-radius: var(--radius); background: var(--surface);
  }
  #start > header {
    display: flex; align-items: center; justify-content: space-between; gap: 8px;
    padding: 10px 10px 0 14px;
  }
  #start h2 { font-weight: 650; }
  #start > .chips { padding: 0 14px; }
  lucid-input, lucid-readout, lucid-prompt { display: block; }
  lucid-input + lucid-input, lucid-readout + lucid-readout { border-top: 1px solid var(--line); }
  .control, .readout { padding: 14px; }
  fieldset { display: grid; gap: 10px; min-width: 0; margin: 0; padding: 0; border: 0; }
  fieldset:disabled { opacity: .5; }
  fieldset:disabled button { opacity: 1; }
  legend { margin-bottom: 10px; padding: 0; font-weight: 600; font-size: 14px; }
  .field { display: grid; gap: 6px; min-width: 0; }
  .label {
    display: flex; justify-content: space-between; gap: 12px; font-weight: 600; font-size: 14px;
  }
  legend ~ .field > .label, legend ~ .beside .label { color: var(--muted); font-weight: 400; }
  .value { font-weight: 400; font-variant-numeric: tabular-nums; color: var(--muted); }
  textarea, select, [type=text], [type=number] {
    width: 100%; min-height: 38px; padding: 7px 10px; border: 1px solid var(--line);
    border-radius: 10px; background: var(--page);
  }
  textarea { display: block; resize: vertical; }
  ::placeholder { color: var(--muted); opacity: 1; }
  .json { font-family: ui-monospace, monospace; }
  :user-invalid { border-color: var(--bad); }
  [type=range] { width: 100%; height: 24px; margin: 0; accent-color: var(--accent); }
  [data-device=touch] .toggle { min-height: 44px; }
  [data-device=touch] [role=switch] { min-height: 0; }
  .toggle { display: flex; align-items: center; justify-content: space-between; cursor: pointer; }
  [role=switch] {
    appearance: none; flex: none; position: relative; width: 40px; height: 24px; margin: 0;
    border-radius: 12px; background: var(--line); cursor: inherit;
  }
  [role=switch]::after {
    content: ""; position: absolute; inset: 3px auto 3px 3px; width: 18px; border-radius: 50%;
    background: var(--muted); transition: translate .12s;
  }
  [role=switch]:checked { background: var(--accent); }
  [role=switch]:checked::after { background: var(--on-accent); translate: 16px; }
  .control { transition: box-shadow .3s; }
  .control[data-sent] { box-shadow: inset 3px 0 var(--accent); border-radius: 3px; }
  .control[data-sent]:has(.refusal) { box-shadow: inset 3px 0 var(--bad); }
  .control[data-busy] { cursor: progress; }

  .refusal { color: var(--bad); font-size: 14px; overflow-wrap: anywhere; }
  .beside { display: flex; align-items: end; gap: 8px; }
  .beside > .field { flex: 1; }
  .end { justify-content: end; margin-top: 8px; align-items: start; }
  .dice { border: 1px solid var(--line); background: var(--raised); }
  .chips { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 10px; }
  .chip {
    min-height: 30px; padding: 2px 12px; border-radius: 99px; background: none; font-size: 13px;
    text-align: start;
  }
  .history { flex: 1; min-width: 0; font-size: 13px; color: var(--muted); }
  .history summary { padding: 5px 0; cursor: pointer; }
  .history ul { list-style: none; }
  .history .link { width: 100%; overflow-wrap: anywhere; color: var(--text); }

  lucid-capture { display: grid; gap: 8px; }
  lucid-capture .muted { font-size: 13px; }
  .seed { display: grid; gap: 8px; }
  .drop { position: relative; cursor: pointer; }
  .readout :is(img, video), .webcam {
    display: block; width: 100%; border-radius: 10px; background: #000;
  }
  .invitation img { flex: none; width: 56px; height: 42px; border-radius: 6px; object-fit: cover; }
  .invitation {
    display: flex; align-items: center; gap: 10px; min-height: 64px; padding: 10px 12px;
    border: 1px dashed var(--line); border-radius: 10px; color: var(--muted); font-size: 13px;
    overflow-wrap: anywhere;
  }
  .drop:hover .invitation, [data-over] .invitation { border-color: var(--accent); color: var(--text); }
  .drop:has(:focus-visible) .invitation { outline: 2px solid var(--accent); outline-offset: 2px; }
  .gallery { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 6px; }
  .gallery button {
    min-height: 0; padding: 0; overflow: hidden; border-radius: 8px; aspect-ratio: 4 / 3;
  }
  .gallery img { width: 100%; height: 100%; object-fit: cover; }
  .readout { display: grid; gap: 8px; }
  .readout h2 { font-weight: 600; font-size: 14px; }
  .readout .muted { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
  .values { display: grid; gap: 2px; }
  .values > div { display: flex; align-items: center; gap: 10px; min-height: 28px; padding: 0; }
  .values dt { flex: 0 1 auto; min-width: 72px; font-size: 13px; overflow-wrap: anywhere; }
  .values svg { flex: 1 1 60px; min-width: 40px; height: 24px; border-bottom: 1px solid var(--line); }
  .values polyline { fill: none; stroke: var(--accent); stroke-width: 1.5; stroke-linejoin: round; }
  .values dd {
    flex: 0 0 auto; min-width: 56px; max-width: 70%; margin-left: auto; text-align: right; font-size: 13px;
    white-space: pre-wrap; overflow-wrap: anywhere;
  }
  [data-room=tall] #panel { grid-area: sheet; border: 0; padding: 12px; }
  [data-room=low] #panel {
    position: absolute; inset: 56px 0 0 auto; z-index: 4; width: min(340px, 80%);
    border-top: 1px solid var(--line); border-top-left-radius: var(--radius);
  }
`;
