// @ts-check
import { unsafeCSS } from "../vendor/lit.js";
import uplot from "../vendor/uplot-css.js";
import { base } from "./style-base.js";
import { panel } from "./style-panel.js";
import { sheets } from "./style-sheets.js";
import { stage } from "./style-stage.js";

export const styles = [unsafeCSS(uplot), base, stage, panel, sheets];
