// @ts-check
import { css } from "../vendor/lit.js";

/** Temporary elements: the veil, error cards, figures and dialogs. */
export const sheets = css`
  #veil {
    position: absolute; inset: 0; z-index: 1; display: grid; gap: 14px; align-content: safe center;
    justify-items: center; overflow: auto; padding: 64px 20px; background: #07090cdb;
    backdrop-filter: blur(6px); text-align: center;
  }
  #veil > :is(h2, p) { text-wrap: balance; }
  #veil h2 { font-size: 22px; font-weight: 650; letter-spacing: -.015em; }
  #veil > :is([role=alert], .log) { width: min(560px, 100%); }
  #veil-line { color: var(--muted); font-variant-numeric: tabular-nums; }
  #queue {
    position: absolute; inset: 64px 0 auto; z-index: 3; width: fit-content; max-width: calc(100% - 24px);
    margin: 0 auto; padding: 10px 18px; border-radius: var(--radius); background: #0c0f13d9;
    text-align: center; text-wrap: balance; pointer-events: none;
  }
  #queue h2 { font-weight: 650; }
  #queue p { font-size: 14px; }
  .spinner {
    width: 34px; height: 34px; border: 3px solid var(--line); border-top-color: var(--accent);
    border-radius: 50%; animation: turn 1s linear infinite;
  }
  @keyframes turn { to { rotate: 1turn; } }
  progress {
    appearance: none; width: min(420px, 100%); height: 5px; border: 0; border-radius: 3px;
    overflow: hidden; background: var(--line);
  }
  progress::-webkit-progress-bar { background: var(--line); }
  progress::-webkit-progress-value { background: var(--accent); transition: width .2s; }
  progress::-moz-progress-bar { background: var(--accent); }
  progress:not([value]) { background: var(--accent); animation: pulse 1.6s infinite; }
  progress:not([value])::-webkit-progress-bar { background: none; }
  .stages { width: min(420px, 100%); list-style: none; font-size: 14px; }
  .stages li {
    display: flex; justify-content: space-between; gap: 16px; padding: 4px 0; color: var(--muted);
    font-variant-numeric: tabular-nums;
  }
  .stages li::before { content: "✓"; flex: none; width: 14px; color: var(--good); }
  .stages span:first-of-type { flex: 1; text-align: left; }
  .stages [data-now] { color: var(--text); }
  .stages [data-now]::before { content: "›"; color: var(--accent); }

  lucid-starts { display: contents; }
  #starts {
    z-index: 3; display: flex; flex-direction: column; gap: 12px; width: min(740px, calc(100% - 24px));
    min-height: 0; margin: 60px auto 12px; padding: 16px; border-radius: 18px; background: #0c0f13e6;
    backdrop-filter: blur(12px);
  }
  #starts h2 { font-size: 18px; font-weight: 650; text-align: center; }
  #starts > .muted { text-align: center; font-size: 14px; }
  .frame:has(#starts) :is(#queue, #veil > *) { visibility: hidden; }
  #chosen button { pointer-events: auto; text-decoration: underline; }
  .tiles {
    display: grid; grid-template-columns: repeat(auto-fill, minmax(124px, 1fr)); gap: 8px;
    grid-auto-rows: max-content; min-height: 0; overflow: auto; padding: 3px; scrollbar-width: thin;
  }
  .tile {
    flex-direction: column; justify-content: start; gap: 0; min-height: 0; padding: 0; overflow: hidden;
    font-size: 13px;
  }
  .tile img { width: 100%; aspect-ratio: 16 / 9; object-fit: cover; }
  .tiles .chips:empty { display: none; }
  .tiles .chips { grid-column: 1 / -1; justify-content: center; margin: 0; }
  .tile span { padding: 4px 6px; }
  #starts .beside { justify-content: center; align-items: stretch; }
  .own {
    position: relative; display: inline-flex; align-items: center; gap: 6px; padding: 5px 14px;
    border: 1px solid var(--line); border-radius: 10px; background: var(--raised);
  }
  .own:focus-within { outline: 2px solid var(--accent); outline-offset: 2px; }

  lucid-film { display: contents; }
  #film {
    position: absolute; inset: auto 12px 92px; z-index: 3; display: grid; gap: 8px; padding: 10px;
    border-radius: var(--radius); background: #0c0f13e6; backdrop-filter: blur(12px);
  }
  #film .beside { align-items: center; flex-wrap: wrap; font-size: 14px; }
  #film .muted { flex: 1; min-width: 0; }
  .shots { display: flex; gap: 4px; overflow-x: auto; padding: 3px; scrollbar-width: thin; min-height: 76px; }
  .shots button { flex: none; height: 63px; min-height: 0; aspect-ratio: var(--ratio, 16 / 9); padding: 0; overflow: hidden; border-radius: 6px; }
  .shots img { width: 100%; height: 100%; object-fit: cover; }
  .shots [aria-pressed=true] { outline: 2px solid var(--accent); outline-offset: 1px; }
  .branches { display: flex; align-items: center; gap: 10px; min-width: 0; }
  .branches h3 { margin: 0; font-size: 13px; }
  .branches .shots { min-height: 0; }
  .branches .shots button { display: grid; width: 132px; height: auto; aspect-ratio: auto; font-size: 12px; }
  .branches .shots img { height: auto; aspect-ratio: var(--ratio, 16 / 9); }
  .branches .shots span { padding: 3px 6px; }
  .compare { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(280px, 100%), 1fr)); gap: 10px; }
  .compare img { display: block; width: 100%; border-radius: 8px; background: #000; }
  lucid-compare figcaption { margin-top: 4px; font-size: 14px; }
  lucid-compare input { flex: 1; min-width: 0; }
  dialog[data-dialog=compare] { width: min(1180px, calc(100vw - 24px)); }
  .saved { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 14px; list-style: none; }
  .saved :is(img, video) { display: block; width: 100%; aspect-ratio: 16 / 9; border-radius: 8px; object-fit: cover; background: #000; }
  .own + .muted { margin-top: 8px; }
  .saved span { flex: 1; font-size: 13px; overflow-wrap: anywhere; }

  .card {
    position: relative; padding: 12px 14px; border: 1px solid var(--line);
    border-left: 3px solid var(--bad); border-radius: 10px; background: var(--surface);
    color: var(--text); text-align: left; overflow-wrap: anywhere;
  }
  .card .message { padding-right: 30px; }
  .message::first-letter, .next::first-letter { text-transform: uppercase; }
  .card code { padding: 1px 4px; border-radius: 5px; background: var(--raised); }
  .card .next { margin-top: 4px; color: var(--muted); }
  .card .code { display: flex; align-items: center; gap: 8px; margin-top: 6px; color: var(--muted); }
  .report { height: 120px; margin-top: 8px; font: 12px/1.4 ui-monospace, monospace; }
  .log { padding: 8px 14px; }
  .log summary { cursor: pointer; }
  .log pre {
    display: flex; flex-direction: column-reverse; max-height: 34vh; margin: 8px 0; overflow: auto;
    font: 12px/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
  }
  lucid-notices { grid-column: 1 / -1; z-index: 4; min-width: 0; }
  #notices:has(.notice) { display: grid; gap: 1px; border-top: 1px solid var(--line); }
  .notice { position: relative; }
  .notice > .card { border: 0; border-left: 3px solid var(--bad); border-radius: 0; }
  .notice p.card { padding-right: 60px; }
  .notice > .tool { position: absolute; top: 2px; right: 4px; }
  .notice .count { position: absolute; right: 16px; bottom: 12px; color: var(--muted); font-size: 13px; }

  #figures-panel {
    z-index: 2; width: 282px; overflow: auto; padding: 8px 14px 12px; border-radius: var(--radius); background: #0c0f13d9;
    backdrop-filter: blur(12px); font-size: 13px; scrollbar-width: thin;
  }
  #figures-panel header { display: flex; align-items: center; justify-content: space-between; margin-right: -8px; }
  #figures-panel h2 { font-weight: 650; font-size: 14px; }
  dl div { display: flex; justify-content: space-between; gap: 10px; padding: 1.5px 0; }
  dt { color: var(--muted); }
  dd { font-variant-numeric: tabular-nums; white-space: nowrap; }
  .graphs { display: grid; gap: 6px; margin-top: 8px; }
  figcaption { display: flex; justify-content: space-between; color: var(--muted); font-size: 12px; }
  .graph { height: 48px; }

  dialog {
    width: min(620px, calc(100vw - 24px)); max-height: min(84vh, 760px); padding: 0;
    border: 1px solid var(--line); border-radius: 18px; background: var(--surface);
    color: var(--text); box-shadow: 0 24px 80px #0009; overflow: auto;
  }
  dialog::backdrop { background: #000a; backdrop-filter: blur(3px); }
  dialog > section { padding: 10px 20px 20px; }
  dialog header { display: flex; align-items: center; justify-content: space-between; margin-right: -10px; }
  dialog h2 { font-size: 18px; font-weight: 650; }
  dialog h3 { margin: 18px 0 6px; font-weight: 650; }
  dialog th { padding: 5px 12px 5px 0; text-align: start; font-weight: 400; vertical-align: top; }
  dialog td { padding: 5px 8px 5px 0; vertical-align: top; }
  dialog thead th { color: var(--muted); font-size: 13px; }
  dialog tbody tr { border-top: 1px solid var(--line); }
  .tips { margin-top: 14px; padding-left: 18px; color: var(--muted); font-size: 14px; }
  .tips li { padding: 2px 0; }
  .settings { display: grid; grid-template-columns: 1fr 1fr; gap: 12px 20px; margin-top: 6px; align-items: end; }
  .settings .field { font-size: 14px; }
  .settings .label { font-weight: 400; }
  .remap :is(th, td) { vertical-align: middle; }
  .remap td { display: flex; flex-wrap: wrap; gap: 6px; justify-content: end; }
  .cap { min-height: 32px; padding: 2px 6px; gap: 4px; border-radius: 9px; background: none; font-size: 13px; }
  .cap .icon { width: 13px; height: 13px; }
  .add { min-width: 34px; color: var(--muted); }
  .add[aria-pressed=true] { border-color: var(--accent); color: var(--accent); }
  .warning {
    display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin-bottom: 8px;
    padding: 8px 12px; border: 1px solid var(--warn); border-radius: 10px; font-size: 14px;
  }
  .warning p { flex: 1; min-width: 200px; }
  .tabs { display: flex; flex-wrap: wrap; gap: 6px; margin: 6px 0 12px; }
  .tabs [aria-pressed=true] { border-color: transparent; background: var(--accent); color: var(--on-accent); }
  .link-row { display: flex; gap: 8px; margin: 12px 0; }
  .link-row input { flex: 1; min-width: 0; font: 13px ui-monospace, monospace; }
  .qr { display: block; width: min(240px, 70%); margin: 0 auto; border-radius: 12px; background: #fff; }
  .qr path { fill: #000; }
  #until { margin-top: 12px; text-align: center; font-size: 14px; }
  dialog .next { margin-top: 12px; color: var(--muted); font-size: 14px; text-align: center; }

  dialog .next code { white-space: nowrap; }
  dialog .credit { margin-top: 14px; text-align: center; }

  [data-room=tall] lucid-notices { grid-area: notices; }
  [data-room=tall] lucid-figures { grid-area: sheet; z-index: 3; display: grid; min-height: 0; }
  [data-room=tall] #figures-panel {
    width: auto; border-radius: 0; background: #0c0f13;
  }
  [data-room=tall] #starts {
    grid-area: sheet; z-index: 6; width: auto; margin: 0; border-radius: 0; background: #0c0f13;
  }
  [data-room=low] #starts {
    position: absolute; inset: 56px 0 auto; z-index: 6; max-height: calc(100% - 64px); margin: 0 auto;
    padding: 10px 16px; gap: 8px;
  }
  [data-room=wide] {
    #starts, #figures-panel { position: relative; grid-area: 1 / 1; align-self: start; }
    #starts { max-height: calc(100% - 72px); }
    lucid-figures { display: contents; }
    #figures-panel { justify-self: end; max-height: calc(100% - 72px); margin: 60px 12px 12px; }
  }
  [data-room=wide] #film { position: relative; inset: auto; grid-area: 2 / 1; min-width: 0; border-radius: 0; }
  [data-room=tall] #film {
    grid-area: sheet; position: relative; inset: auto; z-index: 2; align-content: start; min-width: 0;
    min-height: 0; grid-template-rows: auto minmax(0, 1fr); border-radius: 0; background: #0c0f13;
    .beside { gap: 4px; }
    .small { padding-inline: 8px; }
    .beside .muted { order: 1; flex-basis: 100%; }
    > .shots { flex-wrap: wrap; align-content: start; overflow: auto; }
    > .shots button { width: calc((100% - 8px) / 3); height: auto; }
  }
  [data-room=low] #film { inset: 56px 0 auto; z-index: 4; }
  [data-room=low] {
    #figures-panel { position: absolute; inset: 56px 12px auto; z-index: 4; width: auto; max-height: calc(100% - 64px); }
    dl { columns: 3; column-gap: 28px; }
    .graphs, .notice:not(:last-child) { display: none; }
    dialog { max-height: calc(100% - 16px); }
    lucid-share { display: grid; grid-template-columns: minmax(0, 1fr) 210px; column-gap: 20px; align-items: start; }
    lucid-share > * { grid-column: 1; }
    .qr { grid-area: 1 / 2 / span 6; width: 100%; }
  }
  :is([data-room=tall], [data-room=low]) #veil { z-index: 5; padding: 56px 16px 16px; background: #07090c; }
  :is([data-room=tall], [data-room=low]) .settings { grid-template-columns: 1fr; }
`;
