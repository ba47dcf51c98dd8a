// Words of the language chosen: every texts.<language>.json beside this file is one.

let texts = {};

export async function loadWords(language) {
  texts = await (await fetch(`/kiosk/texts.${language}.json`)).json();
  document.documentElement.lang = language;
  document.title = `${texts.question} – SEMKO`;
}

export const say = (key, values = {}) =>
  texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

export const faceWord = (score) => texts.faces[score - 1];
export const reasons = () => Object.entries(texts.reasons);

export async function languages() {
  return (await fetch("/kiosk/languages.json")).json();
}

export function first(known, asked) {
  if (asked in known) return asked;
  const own = navigator.languages.map((each) => each.slice(0, 2)).find((each) => each in known);
  return own ?? Object.keys(known)[0];
}
