// Words, numbers and times in the language of the screen. All texts are in texts.<language>.json:
// the wall's, and those that another page adds.

let texts = {};
export let language = "en";

export async function loadTexts(wanted, ...pages) {
  language = wanted === "bg" ? "bg" : "en";
  const files = ["wall", ...pages].map((page) => `/${page}/texts.${language}.json`);
  const found = await Promise.all(files.map(async (file) => (await fetch(file)).json()));
  texts = Object.assign({}, ...found);
  document.documentElement.lang = language;
}

export function chooseLanguage(asked) {
  if (asked === "bg" || asked === "en") return asked;
  const first = navigator.languages.find((each) => /^(bg|en)\b/.test(each)) ?? "en";
  return first.slice(0, 2);
}

export function say(key, values = {}) {
  let text = texts[key];
  if (typeof text === "object" && "n" in values) {
    text = text[new Intl.PluralRules(language).select(values.n)] ?? text.other;
    values = { ...values, n: whole(values.n) };
  }
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export const faceWord = (face) => texts.faces[face - 1];

export const named = (name) => name[language];

export const whole = (value) => new Intl.NumberFormat(language).format(Math.round(value));

export const percent = (share) =>
  new Intl.NumberFormat(language, { style: "percent" }).format(share);

export function minutes(seconds) {
  const rounded = Math.round(seconds);
  return `${Math.floor(rounded / 60)}:${String(rounded % 60).padStart(2, "0")}`;
}

export const clockTime = (ms, timeZone) =>
  new Intl.DateTimeFormat(language, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone,
  })
    .format(ms)
    .replace(/[^\d:]/g, "");

export function age(ms, nowMs, timeZone) {
  const seconds = Math.max(0, Math.floor((nowMs - ms) / 1000));
  if (seconds < 60) return say("secondsAgo", { n: seconds });
  if (seconds < 3600) return say("minutesAgo", { n: Math.floor(seconds / 60) });
  return say("atTime", { time: clockTime(ms, timeZone) });
}
