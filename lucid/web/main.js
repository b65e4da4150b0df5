// @ts-check
import { language } from "./player.js";

/** Copy the page's query (?watch=KEY, ?play=KEY, ?view=1, ?wire=ws) to the player's attributes. */
document.documentElement.lang = language;
const player = document.createElement("lucid-player");
const query = new URLSearchParams(location.search);
for (const name of ["watch", "play", "view", "wire"]) {
  const value = query.get(name);
  if (value !== null) player.setAttribute(name, value);
}
player.addEventListener("lucid-hello", (event) => {
  document.title = /** @type {CustomEvent} */ (event).detail.manifest.model.name;
});
const main = document.createElement("main");
main.append(player);
document.body.append(main);
