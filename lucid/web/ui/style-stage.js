// @ts-check
import { css } from "../vendor/lit.js";

/** The picture and the elements over it, light on dark in every theme. */
export const stage = css`
  .frame {
    --text: #f2f4f7; --muted: #b4bdc8; --line: #ffffff2e; --raised: #ffffff1c; --accent: #a9c1ff;
    --on-accent: #0e1628; --surface: #15181d; --bad: #ff9089; --warn: #f0c06a; --good: #6fd39a;
    position: relative; display: grid; min-width: 0; min-height: 0; overflow: hidden;
    background: #050608; color: var(--text);
  }
  #stage {
    position: absolute; inset: 0; overflow: hidden; user-select: none; -webkit-user-select: none;
    touch-action: manipulation;
  }
  #stage:focus-visible { outline-offset: -3px; }
  #stage > * { position: absolute; inset: 0; width: 100%; height: 100%; }
  .glow { opacity: .42; object-fit: cover; }
  #main-video, #last-frame { object-fit: contain; }
  [data-scaling=pixelated] #main-video { image-rendering: pixelated; }
  [data-state=running] #main-video { cursor: crosshair; }

  #still {
    display: grid; place-content: center; padding: 12px; background: #050608a8;
    pointer-events: none; animation: appear .3s;
  }
  @keyframes appear { from { opacity: 0; } }
  #still > div {
    display: flex; align-items: center; gap: 14px; padding: 12px 18px; font-size: 14px;
    border-radius: var(--radius); background: #0c0f13d9; font-variant-numeric: tabular-nums;
  }
  [data-state] [data-still] .dot { background: var(--warn); }
  #still b { display: block; text-wrap: balance; font-weight: 650; font-size: 15px; }
  #still .spinner { flex: none; width: 26px; height: 26px; }

  .top {
    position: absolute; inset: 0 0 auto; z-index: 2; display: flex; align-items: center; gap: 8px;
    padding: 12px; pointer-events: none;
  }
  .top > * { pointer-events: auto; }
  .spacer { flex: 1; }
  .pill, .top .tool {
    display: flex; align-items: center; gap: 8px; min-width: 0; height: 36px; padding: 0 14px;
    border-radius: 12px; background: var(--glass); backdrop-filter: blur(10px); font-size: 14px;
    font-variant-numeric: tabular-nums; white-space: nowrap;
  }
  .top .tool { justify-content: center; width: 40px; min-height: 36px; padding: 0; }
  .top .tool:hover:enabled { background: #23282ee6; }
  .top > :not(:first-child, .spacer) { flex: none; white-space: nowrap; }
  /* What belongs to a turn or a recording stands in a second line, unless the window is wide. */
  .more {
    position: absolute; inset: 56px 12px auto; display: flex; flex-wrap: wrap; justify-content: end;
    gap: 6px; pointer-events: none;
  }
  h1 {
    flex: 0 99999 auto; min-width: 2.5em; overflow: hidden; font-weight: 650; text-overflow: ellipsis;
    letter-spacing: -.01em;
  }
  #status { overflow: hidden; color: var(--muted); text-overflow: ellipsis; }
  .dot { flex: none; width: 8px; height: 8px; border-radius: 50%; background: var(--muted); }
  [data-state=running] .dot { background: var(--good); }
  :is([data-state=paused], [data-state=queued], [data-state=loading], [data-state=ready]) .dot {
    background: var(--warn);
  }
  :is([data-state=failed], [data-state=disconnected]) .dot { background: var(--bad); }
  .rec { color: var(--bad); font-weight: 650; font-size: 12px; letter-spacing: .06em; }
  .rec .dot { background: var(--bad); animation: pulse 1.4s infinite; }
  @keyframes pulse { 50% { opacity: .25; } }

  #hint {
    position: absolute; inset: 60px auto auto 50%; z-index: 2; translate: -50% 0;
    padding: 6px 16px; border-radius: 99px; background: var(--glass); backdrop-filter: blur(10px);
    font-size: 14px; pointer-events: none; white-space: nowrap;
  }
  #hint[data-fades] { animation: fade .6s 3s forwards; }
  @keyframes fade { to { opacity: 0; } }

  .bottom {
    position: absolute; inset: auto 0 0; z-index: 2; display: grid; gap: 10px; padding: 48px 14px 14px;
    background: linear-gradient(#0000, #000a); pointer-events: none;
    grid-template: auto / minmax(0, 1fr) auto; align-items: end;
  }
  .bottom > * > * { pointer-events: auto; }
  :is([data-state=failed], [data-state=ended]) .bottom { display: none !important; }
  lucid-toolbar { grid-column: 2; }
  .toolbar {
    display: flex; flex-wrap: wrap; justify-content: end; align-items: center; gap: 2px; padding: 4px;
    border-radius: var(--radius); background: var(--glass); backdrop-filter: blur(10px);
  }
  .rule { width: 1px; height: 20px; margin: 0 4px; background: var(--line); }
  #record[data-on] { background: #ff90892e; color: var(--bad); }

  #keys { display: flex; align-items: end; gap: 14px; min-width: 0; }
  .cross {
    display: grid; flex: none; gap: 5px;
    grid-template: ". up ." 42px "left down right" 42px / 42px 42px 42px;
  }
  .up { grid-area: up; } .down { grid-area: down; } .left { grid-area: left; } .right { grid-area: right; }
  .cross .key { width: 42px; min-height: 42px; padding: 0; justify-content: center; }
  .row { display: flex; flex-wrap: wrap; gap: 6px; min-width: 0; }
  .key {
    min-height: 36px; padding: 4px 12px 4px 6px; border-color: #ffffff26; border-radius: 11px;
    background: var(--glass); font-size: 13px; touch-action: none; user-select: none;
    -webkit-user-select: none;
  }
  .key kbd { border-color: #ffffff40; background: #ffffff14; }
  .cross kbd { min-width: 0; padding: 0; border: 0; background: none; font-size: 15px; }
  .key[data-held] { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
  .key[data-held] kbd { border-color: #0003; background: #0002; color: inherit; }
  .cross .key[data-held] kbd { background: none; }
  .key:disabled { opacity: 1; border-color: #ffffff14; color: #ffffff73; }
  .key:disabled kbd { border-color: #ffffff1f; color: inherit; }
  .motion {
    display: inline-flex; flex-wrap: wrap; align-items: center; gap: 2px 8px; min-height: 36px;
    padding: 0 6px; color: #e2e6eb; font-size: 13px;
  }
  .motion kbd { flex: none; border-color: #ffffff40; background: var(--glass); color: inherit; }
  .player:not([data-state=running], [data-state=paused]) .motion { color: var(--muted); }

  .stick { position: relative; width: 130px; height: 130px; touch-action: none; }
  .stick .back { box-shadow: inset 0 0 0 2px #ffffff80; }
  .stick .front { opacity: 1 !important; }
  [data-device=touch] .key { min-height: 44px; padding: 6px 14px; }

  [data-clean="1"] :is(.top, .bottom, #hint, .glow), [data-clean="1"] ~ * { display: none; }
  [data-clean="1"] :is(lucid-panel, lucid-notices) { display: none; }

  /* A window: the controls stand under the picture and never cover it. */
  [data-room=wide] {
    .frame { grid-template: minmax(0, 1fr) auto auto / minmax(0, 1fr); }
    #stage { position: relative; inset: auto; grid-area: 1 / 1; min-height: 0; }
    .bottom { position: relative; inset: auto; grid-area: 3 / 1; padding: 12px 14px; background: none; }
    .toolbar { background: none; }
  }
  [data-room=wide] lucid-touch { grid-row: 2; }
  [data-room=wide] :is(lucid-overlay, lucid-toolbar, .bottom > .credit:first-child) { grid-row: 3; }
  [data-room=wide] .bottom > .credit:first-child { align-self: center; }
  @media (min-width: 1181px) { [data-room=wide] .more { display: contents; } }
  @media (max-width: 1180px) {
    .frame:has(.more > *) #hint { top: 100px; }
    [data-room=wide] .bottom { display: flex; flex-flow: row-reverse wrap; justify-content: space-between; }
    [data-room=wide] lucid-toolbar { order: -1; }
    [data-room=wide] :is(lucid-overlay, .credit) { margin-inline-end: auto; }
  }

  :is([data-room=tall], [data-room=low]) {
    .top .tool { width: 44px; }
    .top :is(.tool, #join) { min-height: 44px; }
    .top:has(#join) .brief, #step:disabled, #save-session, .others, .rule { display: none; }
    .frame:has(#veil) #panel-toggle { display: none; }
  }
  [data-room=tall] {
    .frame { display: contents; }
    #stage { grid-area: stage; position: relative; inset: auto; min-height: 0; background: #050608; }
    .glow { opacity: .7; }
    .top { padding: 8px; gap: 6px; z-index: 6; color: #f2f4f7; }
    .pill { height: 32px; padding: 0 10px; font-size: 13px; }
    #hint { top: 48px; }
    .bottom {
      grid-area: controls; position: static; gap: 8px; background: #0b0d10; align-items: center;
      padding: 8px max(8px, env(safe-area-inset-right)) max(8px, env(safe-area-inset-bottom))
        max(8px, env(safe-area-inset-left));
      grid-template: auto / auto minmax(0, 1fr);
    }
    lucid-touch { grid-area: 1 / 1; }
    lucid-overlay { grid-area: 1 / 2; }
    lucid-toolbar { grid-area: 2 / 1 / auto / span 2; min-width: 0; }
    #keys { max-height: 152px; overflow: auto; align-items: end; }
    .toolbar {
      display: grid; grid-template-columns: repeat(auto-fit, minmax(56px, 1fr)); gap: 0; padding: 0;
      background: none;
    }
    .toolbar .tool { width: auto; min-height: 44px; }
  }
  [data-room=tall]:is([data-panel], [data-measuring]) #stage {
    aspect-ratio: var(--ratio, 16 / 9); max-height: 46vh; width: 100%;
  }
  [data-room=tall][data-device=touch] .row { justify-content: end; }

  [data-room=low] {
    .top { padding: 8px max(8px, env(safe-area-inset-right)) 8px max(8px, env(safe-area-inset-left)); }
    .top .pill { padding: 0 10px; font-size: 13px; }
    .top .pill:first-child { max-width: calc(50% - 214px); }
    .frame:has(#sound, #reset, #step:enabled) .pill:first-child { max-width: calc(50% - 280px); }
    #hint { top: 60px; }
    .bottom {
      inset: 0; padding: 8px max(12px, env(safe-area-inset-right)) max(44px, env(safe-area-inset-bottom))
        max(12px, env(safe-area-inset-left));
      background: none; grid-template: auto minmax(0, 1fr) / auto minmax(0, 1fr);
    }
    lucid-toolbar {
      grid-area: 1 / 1 / auto / span 2; justify-self: center; max-width: calc(100% - 108px);
    }
    @media (max-width: 843px) { .brief { display: none; } }
    lucid-touch { grid-area: 2 / 1; }
    lucid-overlay { grid-area: 2 / 2; }
    .toolbar { padding: 0 2px; gap: 0; }
    .toolbar .tool { flex: none; width: 44px; min-height: 44px; }
    .motion, .bottom > .credit { padding: 4px 12px; border-radius: 11px; background: var(--glass); }
    .bottom > .credit { grid-column: 1 / -1; justify-self: start; }
    .frame:has(#starts) :is(lucid-touch, lucid-overlay) { visibility: hidden; }
  }
  [data-room=low][data-device=touch] .row {
    justify-content: end; align-content: end; max-width: 300px; margin-inline-start: auto;
  }
`;
