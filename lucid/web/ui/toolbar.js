// @ts-check
import { t } from "../client/texts.js";
import { html, nothing } from "../vendor/lit.js";
import { iconButton } from "./icons.js";
import { Part } from "./part.js";
import { canReset, isLive, plays, startsOf } from "./view.js";

/** Buttons that control, save, share and record the session. */
class LucidToolbar extends Part {
  render() {
    const { player, view } = this;
    if (!view.hello) return nothing;
    return html`
      <div class="toolbar" role="toolbar" aria-label=${t`Session`}>
        ${plays(view) ? this.#session() : nothing}
        ${iconButton("camera", t`Save a screenshot`, () => player.takeaway.saveScreenshot(),
          { disabled: !view.pictured, id: "screenshot" })}
        ${plays(view) ? this.#keep() : nothing}
        <span class="rule"></span>
        ${view.muted === null ? nothing : iconButton(view.muted ? "mute" : "sound",
          view.muted ? t`Unmute` : t`Mute`, () => player.media.mute(!view.muted), { id: "sound" })}
        ${iconButton("share", t`Share and watch`, () => player.set({ dialog: "share" }), { id: "share" })}
        ${iconButton("figures", t`Figures`, () => player.set({ measuring: !view.measuring }),
          { pressed: view.measuring, id: "figures" })}
        ${iconButton("settings", t`Settings`, () => player.set({ dialog: "settings" }), { id: "settings" })}
        ${iconButton("help", t`Help (?)`, () => player.set({ dialog: "help" }), { id: "help" })}
        ${document.fullscreenEnabled
          ? iconButton(view.fullscreen ? "reduce" : "enlarge",
            view.fullscreen ? t`Leave fullscreen` : t`Fullscreen`, () => player.toggleFullscreen(),
            { id: "fullscreen" })
          : nothing}
      </div>`;
  }

  #session() {
    const { player, view } = this;
    const paused = view.state === "paused";
    const live = isLive(view) && view.open;
    return html`
      ${iconButton(paused ? "play" : "pause", paused ? t`Resume` : t`Pause`,
        () => player.togglePause(), { disabled: !live, id: "pause" })}
      ${iconButton("step", t`One step`, () => player.session?.step(),
        { disabled: !live || !paused, id: "step" })}
      ${startsOf(view).length ? nothing : iconButton("reset", t`Reset the world`,
        () => player.reset(), { disabled: !canReset(view), id: "reset" })}
      <span class="rule"></span>`;
  }

  #keep() {
    const { player, view } = this;
    return html`
      ${iconButton(view.recording ? "stop" : "record",
        view.recording ? t`Stop and save the recording` : t`Record`,
        () => player.takeaway.toggleRecording(),
        { disabled: !view.pictured, pressed: view.recording !== null, id: "record" })}
      ${iconButton("film", t`Filmstrip`, () => player.set({ film: !view.film }), { pressed: view.film, id: "film-toggle" })}
      ${iconButton("log", t`Save the session`, () => player.takeaway.saveSession(), { id: "save-session" })}`;
  }
}

customElements.define("lucid-toolbar", LucidToolbar);
