// @ts-check
/** @typedef {import("../client/protocol.js").Hello} Hello */
/** @typedef {import("../client/protocol.js").WireError} WireError */
/** @typedef {import("./view.js").View} View */

import { Alignment } from "../client/align.js";
import { Controls } from "../client/controls.js";
import { PlayerError, toWire } from "../client/errors.js";
import { Session } from "../client/session.js";
import { Meter, remember } from "../client/stats.js";
import * as store from "../client/store.js";
import { Film } from "../client/film.js";
import { readTexts, t } from "../client/texts.js";
import { readLog, reload } from "../client/uploads.js";
import { readLayout } from "../client/words.js";
import { LitElement, html } from "../vendor/lit.js";
import { beginChosen } from "./begin.js";
import "./dialogs.js";
import { Media } from "./media.js";
import { added } from "./notices.js";
import "./notices.js";
import "./panel.js";
import "./stage.js";
import { listenToPage } from "./page_events.js";
import { styles } from "./styles.js";
import { Takeaway } from "./takeaway.js";
import { fresh, inTime, nextStages, resetOf, roomOf, showsPanel } from "./view.js";
import { Watching } from "./watching.js";

/** How long the tips are shown. */
const TIPS_MS = 8_000;
/** How many seeds and prompts are kept per model. */
const MOST_KEPT = 12;
/** After these errors, the server does not give this page its log. */
const UNHEARD = ["connection.refused", "session.token"];

/**
 * `<lucid-player src="http://127.0.0.1:8420/">`: the complete player. `src` is the server's address
 * (default: the page's address), `watch` and `play` are keys of a session to join, `view` shows
 * only the picture, and `wire="ws"` sends the media over the WebSocket.
 *
 * Fires `lucid-hello` when a session begins and `lucid-state` when its state changes.
 */
export class LucidPlayer extends LitElement {
  static properties = {
    src: {}, watch: {}, play: {}, clean: { attribute: "view" }, wire: {}, view: { state: true },
  };

  static styles = styles;

  constructor() {
    super();
    /** @type {string|null} */
    this.src = null;
    /** @type {string|null} */
    this.watch = null;
    /** @type {string|null} */
    this.play = null;
    /** @type {string|null} */
    this.clean = null;
    /** @type {string|null} */
    this.wire = null;
    /** @type {View} */
    this.view = fresh();
    /** @type {Session|null} */
    this.session = null;
    /** @type {Controls|null} */
    this.controls = null;
    /** @type {Film|null} */
    this.film = null;
    this.takeaway = new Takeaway(this);
    this.watching = new Watching(this);
    this.media = new Media((muted) => this.set({ muted }));
    /** @type {Meter|null} */
    this.meter = null;
    /** @type {Alignment|null} */
    this.alignment = null;
    /** Show a json or bytes output, by its name. @type {Map<string, (value: any) => void>} */
    this.readouts = new Map();
    /**
     * Settings that changed before the stored ones were loaded; null after loading.
     * @type {Partial<import("../client/store.js").Kept>|null}
     */
    this.early = null;
    /** The last error, shown as the reason if the session ends. @type {WireError|null} */
    this.lastError = null;
    this.timer = 0;
    /** The names of the last inputs sent, by seq. @type {Map<number, string>} */
    this.inputs = new Map();
  }

  /** @param {Partial<View>} change */
  set(change) {
    this.view = { ...this.view, ...change };
  }

  connectedCallback() {
    super.connectedCallback();
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    document.addEventListener("fullscreenchange", () =>
      this.set({ fullscreen: document.fullscreenElement === this }), { signal });
    addEventListener("pagehide", () => this.session?.close(), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.restart(), { signal });
    listenToPage(this, signal);
    const observer = new ResizeObserver(() => this.#measure());
    observer.observe(this);
    signal.addEventListener("abort", () => observer.disconnect());
    this.#measure();
    readLayout().then(() => this.set({}));
    if (!this.session) this.updateComplete.then(() => this.#open());
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.listeners?.abort();
    this.controls?.close();
    this.session?.close();
    this.watching.stop();
    this.meter?.close();
    this.film?.close();
    this.alignment?.close();
    this.session = this.controls = this.meter = this.alignment = this.film = null;
  }

  render() {
    const view = this.view;
    return html`
      <div class="player" data-state=${view.state} data-clean=${this.clean ?? "0"}
        data-device=${view.device} data-room=${view.room} ?data-panel=${showsPanel(view)}
        ?data-measuring=${view.measuring || view.film}>
        <lucid-stage .player=${this} .view=${view}></lucid-stage>
        <lucid-panel .player=${this} .view=${view}></lucid-panel>
        <lucid-notices .player=${this} .view=${view}></lucid-notices>
        <lucid-dialogs .player=${this} .view=${view}></lucid-dialogs>
      </div>`;
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    const before = /** @type {View|undefined} */ (changed.get("view"));
    if (!before) return;
    this.setAttribute("data-state", this.view.state);
    if (before.state !== this.view.state) {
      this.dispatchEvent(new CustomEvent("lucid-state", { detail: this.view.state }));
    }
  }

  /**
   * Return where keys and pastes are handled. In an embedding page, the player handles them only
   * while it has the focus.
   * @returns {EventTarget}
   */
  get within() {
    return this.src === null ? window : this;
  }

  get stage() {
    return /** @type {HTMLElement} */ (this.renderRoot.querySelector("#stage"));
  }

  get video() {
    return /** @type {HTMLVideoElement} */ (this.renderRoot.querySelector("#main-video"));
  }

  /** Leave this session, if any, and start a new one. */
  restart() {
    this.lastError = null;
    this.#clearSession({ state: "connecting", error: null, log: "", lost_ms: null });
    if (this.session) this.session.restart();
    else this.#open();
  }

  /** As a spectator, join the queue to play. */
  join() {
    this.watch = null;
    this.#clearSession({ state: "connecting" });
    this.session?.restart({});
  }

  /** Retry a lost connection now. */
  retryNow() {
    clearInterval(this.timer);
    this.set({ state: "connecting", error: null });
    this.session?.retryNow();
  }

  /** @param {Partial<import("../client/store.js").Kept>} change */
  keep(change) {
    const kept = { ...this.view.kept, ...change };
    this.set({ kept });
    if (this.controls) this.controls.feel = kept;
    this.session?.setWire(this.wireChosen);
    if (this.early) Object.assign(this.early, change);
    else if (this.view.hello) store.keep(this.view.hello.manifest.model.name, kept);
  }

  /** How the media shall travel. @returns {"socket"|"auto"} */
  get wireChosen() {
    return this.wire === "ws" || this.view.kept.tcp ? "socket" : "auto";
  }

  /** @param {string} prompt */
  keepPrompt(prompt) {
    this.set({ prompt });
    const others = this.view.kept.prompts.filter((one) => one !== prompt);
    if (prompt.trim()) this.keep({ prompts: [prompt, ...others].slice(0, MOST_KEPT) });
  }

  /** @param {Blob} seed */
  keepSeed(seed) {
    this.keep({ seeds: [seed, ...this.view.kept.seeds].slice(0, MOST_KEPT) });
  }

  /** Show an error, of an input or of the page. @param {unknown} error @param {string} [input] */
  report(error, input) {
    this.set({ notices: added(this.view.notices, toWire(error), input ?? null) });
  }

  /** Load the model again, after it failed. */
  async reload() {
    const { session } = this;
    if (!session) return;
    try {
      await reload(session.server);
      this.restart();
    } catch (error) {
      this.report(error);
    }
  }

  /** Send the port's reset input, or start the session anew. */
  reset() {
    const reset = resetOf(this.view);
    if (!reset) this.takeaway.startAnew();
    else if (this.session?.accepts(reset)) this.session.sendInput("reset", {});
  }

  /** Show or hide the panel; only its place beside the picture is kept for the next time. */
  togglePanel() {
    const panel = !showsPanel(this.view);
    if (this.view.room === "wide") this.keep({ panel });
    else this.set({ sheet: panel });
  }

  togglePause() { this.session?.setPaused(this.view.state === "running"); }

  async toggleFullscreen() {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await this.requestFullscreen().catch((error) => this.report(error));
  }

  #measure() {
    const room = roomOf(this.clientWidth, this.clientHeight);
    if (room !== this.view.room) this.set({ room, sheet: null });
  }

  #open() {
    const session = new Session(new URL(this.src ?? ".", document.baseURI), {
      hello: (hello) => this.#greet(hello),
      queue: ({ position, wait_s, watch_key }) => {
        this.set({ state: "queued", position, wait_ends_ms: inTime(wait_s) });
        this.watching.watch(watch_key);
      },
      sharing: (sharing) => this.set({ sharing }),
      turn: (left_s) => this.set({ turn_ends_ms: inTime(left_s) }),
      progress: (progress) =>
        this.set({ stages: nextStages(this.view.stages, progress, performance.now()) }),
      state: (state) => this.#enter(state),
      error: (error) => this.#onError(error),
      track: (output, track) => this.media.attach(output, track),
      json: (output, value) => this.readouts.get(output)?.(value),
      bytes: (output, payload) => this.readouts.get(output)?.(payload),
      receipt: (receipt) => {
        this.meter?.receipt(receipt);
        this.film?.receipt(receipt);
      },
      gpu: (memory) => this.meter && (this.meter.gpu = memory),
      sent: (seq, name) => this.#onSent(seq, name),
      channel: (open) => this.#onChannel(open),
      lost: (reason, retry_s) => this.#onLost(reason, retry_s),
    }, { watch: this.watch ?? "", play: this.play ?? "" }, this.wireChosen);
    this.session = session;
    this.media.add("main", this.video);
    this.video.addEventListener("loadeddata", () => this.set({ pictured: true }));
    this.film = new Film(this.video, () => this.view.state === "running" && this.view.pictured);
    this.meter = new Meter(this.video, () => session.statistics(), (figures) =>
      this.set({ figures, silent_ms: session.silent_ms, wire: session.wireInUse }));
  }

  /** @param {Hello} hello */
  async #greet(hello) {
    clearInterval(this.timer);
    if (hello.resumed && this.controls) {
      this.set({ hello, error: null });
      return;
    }
    const replaces = this.view.lost_ms !== null && hello.role === "player";
    this.controls?.close();
    this.meter?.restart();
    const { inputs, outputs, model } = hello.manifest;
    const first = outputs.find(({ kind }) => kind === "video");
    if (first) this.media.rename("main", first.name);
    const session = /** @type {Session} */ (this.session);
    this.alignment?.close();
    this.alignment = Alignment.of(hello, this.video, session);
    this.set({ hello, notices: [], error: null, stages: [], lost_ms: null, turn_ends_ms: null });
    if (replaces) {
      this.report(new PlayerError("session.unknown", t`the server no longer had your session, so this is a new one`));
    }
    this.controls = new Controls(inputs, session, this.stage, this.view.kept, {
      held: (name, ends) => this.set({ held: { ...this.view.held, [name]: ends } }),
      device: (device) => this.set({ device }),
      locked: (locked) => this.set({ locked, first: this.view.first && !locked }),
    }, this.within);
    this.early = {};
    const stored = await store.load(model.name);
    const early = this.early ?? {};
    this.early = null;
    const kept = { ...stored, ...early };
    if (Object.keys(early).length) store.keep(model.name, kept);
    this.controls.feel = kept;
    const device = matchMedia("(pointer: coarse)").matches ? "touch" : this.view.device;
    this.set({ kept, device });
    session.setWire(this.wireChosen);
    this.dispatchEvent(new CustomEvent("lucid-hello", { detail: hello }));
  }

  /** @param {import("../client/protocol.js").SessionState} state */
  #enter(state) {
    this.watching.stop();
    const over = state === "failed" || state === "ended";
    const error = over ? this.lastError : null;
    const notices = this.view.notices.filter((one) => !over || (one.input === null && one.error !== error));
    if (state === "running") {
      this.meter?.wait();
      setTimeout(() => this.set({ tips: false }), TIPS_MS);
    }
    const recording = over ? null : this.view.recording;
    this.set({ state, error, notices, recording });
    beginChosen(this);
    this.controls?.refresh();
    if (state === "failed" && this.session && !UNHEARD.includes(error?.code ?? "")) {
      readLog(this.session.server).then((log) => this.set({ log }));
    }
  }

  /** @param {WireError & {seq?: number|null}} error */
  #onError(error) {
    // The input was sent before the pause reached the page. The page now shows the pause.
    if (error.code === "input.paused") return;
    if (typeof error.seq !== "number") this.lastError = error;
    const input = this.inputs.get(error.seq ?? 0) ?? null;
    this.set({ notices: added(this.view.notices, error, input) });
  }

  /** @param {number} seq @param {string} name */
  #onSent(seq, name) {
    remember(this.inputs, seq, name);
    if (this.view.hello?.role === "player") this.meter?.sent(seq);
    if (this.view.first) this.set({ first: false });
    const notices = this.view.notices.filter(({ input }) => input !== name);
    if (notices.length < this.view.notices.length) this.set({ notices });
  }

  /** @param {boolean} open */
  #onChannel(open) {
    this.controls?.connected(open);
    this.set(open ? { open, lost_ms: null } : { open });
    beginChosen(this);
  }

  /** @param {string} reason @param {number} retry_s */
  #onLost(reason, retry_s) {
    const error = {
      code: "connection.lost",
      message: reason || t`the server does not answer`,
      hint: t`if this continues, check that \`lucid serve\` is running and open the address it prints`,
    };
    if (this.view.lost_ms === null) {
      /** @type {import("./stage.js").LucidStage|null} */
      (this.renderRoot.querySelector("lucid-stage"))?.keepFrame();
    }
    const lost_ms = this.view.lost_ms ?? performance.now();
    this.#clearSession({ state: "disconnected", error, retry_s, lost_ms });
    this.timer = setInterval(() => this.set({ retry_s: Math.max(0, this.view.retry_s - 1) }), 1000);
  }

  /** @param {Partial<View>} change */
  #clearSession(change) {
    this.watching.stop();
    clearInterval(this.timer);
    this.set({ ...change, open: false, held: {}, recording: null, stages: [] });
    this.controls?.refresh();
  }
}

const chosen = new URLSearchParams(location.search).getAll("lang");
export const language = await readTexts([...chosen, ...navigator.languages]);
customElements.define("lucid-player", LucidPlayer);
