// @ts-check
/** @typedef {import("../client/stats.js").Figures} Figures */

import { t } from "../client/texts.js";
import { html } from "../vendor/lit.js";
import { iconButton } from "./icons.js";
import { Part } from "./part.js";

const SECONDS = 60;
const HEIGHT = 48;

/**
 * A graph, and the value that it shows for each second.
 * @typedef {{title: string, unit: string, of: (figures: Figures) => number|null}} Graph
 */

/** @returns {Graph[]} */
const graphs = () => [
  { title: t`Input to picture`, unit: "ms", of: ({ latency_ms }) => latency_ms },
  { title: t`Frame interval, p95`, unit: "ms", of: ({ interval_p95_ms }) => interval_p95_ms },
  { title: t`Frames`, unit: "fps", of: ({ fps }) => fps },
  { title: t`Bit rate`, unit: "Mbit/s", of: ({ bitrate_bps }) => bitrate_bps && bitrate_bps / 1e6 },
];

/** @typedef {typeof import("../vendor/uplot.js").default} Plot */
/** @type {Plot} */
let uPlot; // loaded when a player opens the figures: it is a quarter of the page's code

/** The figures of the last second, and graphs of the last minute. */
class LucidFigures extends Part {
  constructor() {
    super();
    /** @type {Figures[]} */
    this.past = [];
    /** @type {InstanceType<Plot>[]} */
    this.plots = [];
  }

  async connectedCallback() {
    super.connectedCallback();
    if (uPlot) return;
    uPlot = (await import("../vendor/uplot.js")).default;
    this.requestUpdate();
  }

  /** @param {Map<string, any>} changed */
  willUpdate(changed) {
    const { figures } = this.view;
    if (!figures || changed.get("view")?.figures === figures) return;
    this.past = [...this.past, figures].slice(-SECONDS);
  }

  render() {
    const { player, view } = this;
    return html`
      <section id="figures-panel" aria-label=${t`Figures`}>
        <header><h2>${t`Figures`}</h2>
          ${iconButton("close", t`Close the figures`, () => player.set({ measuring: false }))}</header>
        <dl>${rows(view.figures, view.wire).map(([name, value]) => html`
          <div><dt>${name}</dt><dd data-figure=${name}>${value}</dd></div>`)}</dl>
        <div class="graphs" aria-hidden="true">
          ${graphs().map(({ title, unit }) => html`
            <figure><figcaption>${title}<span>${unit}</span></figcaption><div class="graph"></div></figure>`)}
        </div>
      </section>`;
  }

  updated() {
    if (!uPlot) return;
    const places = this.querySelectorAll(".graph");
    if (!this.plots.length && this.isConnected) {
      this.plots = [...places].map((place) => plot(/** @type {HTMLElement} */ (place)));
    }
    const seconds = this.past.map((_, index) => index - this.past.length + 1);
    this.plots.forEach((one, index) => {
      const width = places[index].clientWidth; // changes when a phone is turned
      if (width && width !== one.width) one.setSize({ width, height: HEIGHT });
      one.setData([seconds, this.past.map((figures) => graphs()[index].of(figures))]);
    });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    for (const one of this.plots) one.destroy();
    this.plots = [];
  }
}

/** @param {HTMLElement} place */
function plot(place) {
  const style = getComputedStyle(place);
  const line = style.getPropertyValue("--accent");
  return new uPlot({
    width: place.clientWidth || 250,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [6, 0, 6, 0],
    scales: { x: { time: false, range: [1 - SECONDS, 0] }, y: { range: (_, __, high) => [0, (high || 1) * 1.15] } },
    axes: [{ show: false }, {
      size: 34, gap: 2, stroke: style.getPropertyValue("--muted"), font: "10px system-ui",
      ticks: { show: false }, grid: { stroke: style.getPropertyValue("--line"), width: 1 },
      splits: (_, __, low, high) => [low, high / 1.15],
      values: (_, splits) => splits.map((value) => value.toFixed(value === 0 || value >= 10 ? 0 : 1)),
    }],
    series: [{}, { stroke: line, width: 1.5, fill: `${line}22`, points: { show: false } }],
  }, [[], []], place);
}

/**
 * @param {Figures|null} figures
 * @param {"webrtc"|"socket"|null} wire
 * @returns {[string, string][]}
 */
function rows(figures, wire) {
  /** @param {number|null|undefined} value @param {string} unit @param {number} [digits] */
  const figure = (value, unit, digits = 0) =>
    value === null || value === undefined ? "–" : `${value.toFixed(digits)} ${unit}`;
  const gpu = figures?.gpu;
  const gib = 1024 ** 3;
  return [
    [t`Input to picture`, figure(figures?.latency_ms, "ms")],
    [t`Frames shown`, figure(figures?.fps, "fps")],
    [t`Frame interval`, figure(figures?.interval_ms, "ms", 1)],
    [t`Frame interval, p95`, figure(figures?.interval_p95_ms, "ms", 1)],
    [t`Model step`, figure(figures?.step_ms, "ms", 1)],
    [t`Bit rate`, figure(figures?.bitrate_bps && figures.bitrate_bps / 1e6, "Mbit/s", 2)],
    [t`Packets lost`, figure(figures?.loss === null ? null : (figures?.loss ?? 0) * 100, "%", 1)],
    [t`Connection`, wire === "socket" ? "TCP (WebSocket)" : wire ? "UDP (WebRTC)" : "–"],
    [t`Round trip`, figure(figures?.rtt_ms, "ms")],
    [t`GPU memory`, gpu ? `${(gpu.used_bytes / gib).toFixed(1)} / ${(gpu.total_bytes / gib).toFixed(1)} GiB` : "–"],
    [t`Picture`, figures?.width ? `${figures.width}×${figures.height} ${figures.codec}` : "–"],
  ];
}

customElements.define("lucid-figures", LucidFigures);
