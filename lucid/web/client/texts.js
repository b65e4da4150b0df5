// @ts-check
/**
 * The page's texts in the user's language. The source has the English texts, and `texts/de.js` and
 * the other catalogues map each of them to its translation.
 */

/** @type {{[language: string]: () => Promise<{default: {[english: string]: string}}>}} */
const CATALOGUES = {
  de: () => import("../texts/de.js"),
  es: () => import("../texts/es.js"),
  fr: () => import("../texts/fr.js"),
  ja: () => import("../texts/ja.js"),
  ko: () => import("../texts/ko.js"),
  zh: () => import("../texts/zh.js"),
};

/** @type {{[english: string]: string}} */
let catalogue = {};

/**
 * Return a text in the user's language: t`About ${minutes} min.` has the key "About {0} min.".
 * @param {TemplateStringsArray} strings
 * @param {...unknown} values
 */
export function t(strings, ...values) {
  const key = strings.reduce((text, part, index) => `${text}{${index - 1}}${part}`);
  const text = catalogue[key] ?? key;
  return values.length ? text.replaceAll(/\{(\d)\}/g, (_, index) => String(values[index])) : text;
}

/**
 * Load the catalogue of the first language in this list that the page has. Without one, the texts
 * are English.
 * @param {readonly string[]} languages as in `navigator.languages`, or of the URL
 * @returns {Promise<string>} the language
 */
export async function readTexts(languages) {
  const codes = languages.map((language) => language.split("-")[0].toLowerCase());
  const code = codes.find((one) => one === "en" || Object.hasOwn(CATALOGUES, one)) ?? "en";
  try {
    if (code !== "en") catalogue = (await CATALOGUES[code]()).default;
    return code;
  } catch {
    return "en"; // the catalogue did not load
  }
}
