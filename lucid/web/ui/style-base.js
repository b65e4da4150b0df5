// @ts-check
import { css } from "../vendor/lit.js";

/** Colours, fonts and the styles of all controls. */
export const base = css`
  :host {
    color-scheme: dark light;
    --page: #0b0d10; --surface: #14171b; --raised: #1d2126; --line: #2a3037; --text: #eceef1;
    --muted: #9ba5b1; --accent: #a9c1ff; --on-accent: #0e1628; --good: #6fd39a; --warn: #f0c06a;
    --bad: #ff9089;
    --glass: #0c0f13c9; --radius: 14px;
    display: block; min-height: 320px; overflow: hidden; background: var(--page);
    color: var(--text);
    font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  }
  @media (prefers-color-scheme: light) {
    :host {
      --page: #f2f3f5; --surface: #fff; --raised: #eceef1; --line: #d3d8de; --text: #14171b;
      --muted: #56606b; --accent: #2f55c8; --on-accent: #fff; --good: #187a45; --warn: #8a5800;
      --bad: #b3261e;
    }
  }

  * { box-sizing: border-box; }
  [hidden] { display: none !important; }
  h1, h2, h3, p, pre, figure, dl, dd, ul, ol { margin: 0; padding: 0; font: inherit; }
  .muted { color: var(--muted); }
  .unseen {
    position: absolute; inset: 0; width: 100%; height: 100%; opacity: 0; cursor: pointer;
  }

  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
  button, input, select, textarea { font: inherit; color: inherit; }
  button {
    display: inline-flex; align-items: center; justify-content: center; gap: 6px;
    min-height: 36px; padding: 5px 14px; border: 1px solid var(--line); border-radius: 10px;
    background: var(--raised); cursor: pointer; touch-action: manipulation;
  }
  button:hover:enabled { border-color: var(--muted); }
  button:active:enabled { translate: 0 1px; }
  :disabled { cursor: default; }
  button:disabled { opacity: .45; }
  .primary {
    border-color: transparent; background: var(--accent); color: var(--on-accent); font-weight: 600;
  }
  .small { min-height: 32px; padding: 3px 12px; font-size: 14px; }
  .link {
    min-height: 28px; padding: 2px 6px; border: 0; background: none; color: var(--muted);
    font-size: 13px; text-align: left; justify-content: start;
  }
  .link:hover:enabled { color: var(--text); }
  .icon {
    flex: none; width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 1.7;
    stroke-linecap: round; stroke-linejoin: round;
  }
  .link .icon, .small .icon { width: 16px; height: 16px; }
  .tool {
    flex: none; width: 40px; min-height: 40px; padding: 0; border: 0; border-radius: 11px;
    background: none;
  }
  .tool:hover:enabled { background: #8884; }
  .tool[data-on] { background: #8886; }
  [data-device=touch] .tool { width: 44px; }
  [data-device=touch] :is(button, select, textarea, input) { min-height: 44px; }
  [data-device=touch] button { min-width: 44px; }
  [data-device=touch] .own { min-height: 44px; }
  [data-device=touch] summary { padding: 11px 0; }
  kbd {
    display: inline-block; min-width: 24px; padding: 1px 7px; border: 1px solid var(--line);
    border-bottom-width: 2px; border-radius: 6px; background: var(--raised); color: var(--text);
    font: 600 12px/1.5 system-ui, sans-serif; text-align: center; white-space: nowrap;
  }
  .credit { color: var(--muted); font-size: 13px; overflow-wrap: anywhere; }
  .credit a { color: inherit; }
  code { font: 12px/1.5 ui-monospace, monospace; }
  table { border-collapse: collapse; width: 100%; }

  .player {
    position: relative; display: grid; height: 100%;
    grid-template: minmax(0, 1fr) auto / minmax(0, 1fr);
  }
  [data-room=wide][data-panel] { grid-template-columns: minmax(0, 1fr) 340px; }
  lucid-stage, lucid-panel { display: contents; }

  /* A phone upright: the picture, then the sheet or the figures, then the controls. */
  [data-room=tall] {
    grid-template: "stage" minmax(0, 1fr) "controls" auto "notices" auto / minmax(0, 1fr);
  }
  [data-room=tall]:is([data-panel], [data-measuring]) {
    grid-template:
      "stage" auto "sheet" minmax(0, 1fr) "controls" auto "notices" auto / minmax(0, 1fr);
  }
  @media (prefers-reduced-motion: reduce) {
    * { animation: none !important; transition: none !important; }
  }
`;
