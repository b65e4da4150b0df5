// @ts-check
/** @typedef {import("./view.js").View} View */

import { t } from "../client/texts.js";
import { html, nothing } from "../vendor/lit.js";
import { credit } from "./credit.js";
import "./figures.js";
import "./film.js";
import { iconButton } from "./icons.js";
import "./overlay.js";
import { Part } from "./part.js";
import "./starts.js";
import "./touch.js";
import "./toolbar.js";
import { still, veil } from "./veil.js";
import { hasPanel, isBriefCut, isLive, plays, showsPanel, statusText, thinking_s } from "./view.js";

/** The states in which the first screen is shown. @type {string[]} */
const STARTING = ["queued", "loading", "ready", "running", "paused"];

/** The picture and the elements over it. */
export class LucidStage extends Part {
  render() {
    const { player, view } = this;
    const { kept, state } = view;
    const shown = showsPanel(view);
    return html`
      <section class="frame" aria-label=${t`Picture`} ?data-still=${this.#still}>
        <div id="stage" tabindex="0" role="group" aria-label=${t`The world. Focus it to play.`}
          data-scaling=${kept.scaling} ?data-locked=${view.locked}>
          <canvas class="glow" width="32" height="18" aria-hidden="true"></canvas>
          <video id="main-video" autoplay muted playsinline></video>
          <canvas id="last-frame" aria-hidden="true" ?hidden=${view.lost_ms === null}></canvas>
          ${still(view)}
        </div>
        <header class="top">
          <span class="pill">
            <i class="dot"></i><h1 id="title">${view.hello?.manifest.model.name ?? "Lucid"}</h1>
            <span id="status" role="status">${statusText(view)}</span>
          </span>
          <span class="spacer"></span>
          ${isLive(view) && !plays(view) && view.hello?.may_play ? html`<button type="button" id="join"
            class="primary small" @click=${() => player.join()}>${t`Join the queue`}</button>` : nothing}
          ${state === "running" && !this.#still ? this.#brief() : nothing}
          <span class="more">
            ${view.turn_ends_ms !== null && isLive(view) && plays(view) ? html`
              <span class="pill" id="turn" role="timer"><span class="others">${t`Others wait.`}</span>
                ${t`Your turn ends in ${clock(Math.max(0, view.turn_ends_ms - performance.now()))}`}</span>` : nothing}
            ${view.recording ? html`<span class="pill rec"><i class="dot"></i>${t`REC`}
              ${clock(performance.now() - view.recording.since_ms)}</span>` : nothing}
            ${view.capturing.length ? html`<span class="pill rec" id="capturing"><i class="dot"></i>
              ${captureText(view.capturing)}</span>` : nothing}
          </span>
          ${hasPanel(view) ? iconButton("panel", shown ? t`Hide the panel` : t`Show the panel`,
            () => player.togglePanel(), { pressed: shown, id: "panel-toggle" }) : nothing}
        </header>
        ${this.#hint()}
        ${view.measuring ? html`<lucid-figures .player=${player} .view=${view}></lucid-figures>` : nothing}
        ${view.film ? html`<lucid-film .player=${player} .view=${view}></lucid-film>` : nothing}
        <div class="bottom">
          ${kept.overlay && plays(view)
            ? html`<lucid-overlay .player=${player} .view=${view}></lucid-overlay>` : nothing}
          ${plays(view)
            ? html`<lucid-touch .player=${player} .view=${view}></lucid-touch>` : nothing}
          ${hasPanel(view) ? nothing : credit(view)}
          <lucid-toolbar .player=${player} .view=${view}></lucid-toolbar>
        </div>
        ${veil(view, player)}
        ${view.first && view.hello?.role === "player" && !view.film && !view.measuring && STARTING.includes(view.state)
          ? html`<lucid-starts .player=${player} .view=${view}></lucid-starts>` : nothing}
      </section>`;
  }

  firstUpdated() {
    const canvas = /** @type {HTMLCanvasElement} */ (this.querySelector(".glow"));
    const video = /** @type {HTMLVideoElement} */ (this.querySelector("video"));
    this.timer = setInterval(() => glow(canvas, video), 400);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  updated() {
    const output = this.view.hello?.manifest.outputs.find(({ kind }) => kind === "video");
    if (output?.kind === "video") {
      const frame = /** @type {HTMLElement} */ (this.querySelector(".frame"));
      frame.style.setProperty("--ratio", `${output.width} / ${output.height}`);
    }
  }

  /** Keep the frame that is shown now: the video turns black when its connection closes. */
  keepFrame() {
    const { video } = this.player;
    const canvas = /** @type {HTMLCanvasElement} */ (this.querySelector("#last-frame"));
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    if (video.videoWidth) canvas.getContext("2d")?.drawImage(video, 0, 0);
  }

  get #still() {
    return thinking_s(this.view) !== null || isBriefCut(this.view);
  }

  #brief() {
    const { figures } = this.view;
    if (!figures) return nothing;
    const latency = figures.latency_ms === null ? "" : ` · ${Math.round(figures.latency_ms)} ms`;
    return html`<span class="pill brief">
      <span id="fps">${figures.fps === null ? "" : `${Math.round(figures.fps)} fps`}${latency}</span>
    </span>`;
  }

  #hint() {
    const { view, player } = this;
    const locks = player.controls?.locks && view.device !== "touch";
    let text = "";
    if (this.#still) text = "";
    else if (view.state === "paused") text = t`Paused`;
    else if (view.state === "running" && !view.pictured) text = t`Waiting for the first frame`;
    else if (view.state === "running" && locks && plays(view)) {
      if (view.locked) text = t`Press Esc to release the mouse`;
      else if (view.tips) text = t`Click the picture to look around`;
    }
    return html`<p id="hint" ?hidden=${!text} ?data-fades=${view.locked}>${text}</p>`;
  }
}

/** @param {View["capturing"]} capturing */
function captureText(capturing) {
  if (capturing.length > 1) return t`Camera and microphone on`;
  return capturing[0] === "camera" ? t`Camera on` : t`Microphone on`;
}

/** Format a duration as minutes and seconds. @param {number} ms */
function clock(ms) {
  const s = Math.floor(ms / 1000);
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}

/**
 * Draw the glow behind the picture. It is blurred here, at a small size: without a GPU, a CSS
 * filter would blur the whole page for each frame and take half a core.
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLVideoElement} video
 */
function glow(canvas, video) {
  if (document.hidden || !video.videoWidth) return;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.filter = "blur(2px) saturate(1.4)"; // Safari ignores this and shows a harder glow
  context.drawImage(video, -2, -2, canvas.width + 4, canvas.height + 4);
}

customElements.define("lucid-stage", LucidStage);
