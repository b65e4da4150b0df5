// @ts-check
import { t } from "../client/texts.js";
import { html, nothing } from "../vendor/lit.js";

const HUB = "https://huggingface.co/";

/**
 * Render where the world comes from: the model, its licence, the repo, and Lucid.
 * @param {import("./view.js").View} view
 */
export function credit({ hello }) {
  if (!hello) return nothing;
  const { name, repo, licence } = hello.manifest.model;
  const url = /^https?:/.test(repo) ? repo : HUB + repo;
  return html`<p class="credit">
    ${repo ? html`<a href=${url} target="_blank" rel="noopener noreferrer">${repo}</a>` : name}${licence
      ? ` \u00b7 ${licence}` : nothing} \u00b7 ${t`made with Lucid ${hello.version}`}</p>`;
}
