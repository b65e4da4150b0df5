// @ts-check
import "./player.js";

/** The page's query is the element's attributes: ?watch=KEY, ?play=KEY, ?view=1. */
const player = document.createElement("lucid-player");
const query = new URLSearchParams(location.search);
for (const name of ["watch", "play", "view"]) {
  const value = query.get(name);
  if (value !== null) player.setAttribute(name, value);
}
player.addEventListener("lucid-hello", (event) => {
  document.title = /** @type {CustomEvent} */ (event).detail.manifest.model.name;
});
document.body.append(player);
