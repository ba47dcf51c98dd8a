// The way out, for pages of people who sign in: shown where somebody is signed in.

const MARK = "semko_signed_in="; // the cookie beside the token's, which no script reads

export function offerWayOut(link, text, language) {
  const way = { out: "", lang: language, next: location.pathname + location.search };
  link.textContent = text;
  link.href = `/login?${new URLSearchParams(way)}`;
  link.hidden = !document.cookie.includes(MARK);
}
