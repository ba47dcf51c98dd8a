// Exchanges a token for the cookie that pages and their streams carry, then goes on where one was.
// `/login?out` gives it back; `/login?other` says that the one it has does not open the page.

const asked = new URLSearchParams(location.search);
const part = (id) => document.getElementById(id);

const address = (path) => new URL(path, location.origin);

function language() {
  const said = asked.get("lang") ?? address(asked.get("next") ?? "/").searchParams.get("lang");
  const wanted = said ?? navigator.languages.find((each) => /^(bg|en)\b/.test(each));
  return wanted?.startsWith("bg") ? "bg" : "en";
}

function wayOn(otherwise) {
  const next = address(asked.get("next") ?? otherwise);
  // Only within this origin, and never back to here: another's link must not lead away.
  const way = next.origin === location.origin && next.pathname !== "/login" ? next : address(otherwise);
  if (asked.has("lang") && !way.searchParams.has("lang")) way.searchParams.set("lang", asked.get("lang"));
  return way.href;
}

async function enter(texts) {
  part("problem").textContent = "";
  part("enter").disabled = true;
  try {
    const answer = await fetch("/login", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token: part("token").value }),
    });
    if (answer.ok) return location.replace(wayOn((await answer.json()).goes_to));
    part("problem").textContent = answer.status === 401 ? texts.unknown : texts.away;
  } catch {
    part("problem").textContent = texts.away;
  }
  part("enter").disabled = false;
  part("token").select();
}

async function leave(texts) {
  part("outProblem").textContent = "";
  const answer = await fetch("/logout", { method: "POST" }).catch(() => null);
  if (!answer?.ok) return (part("outProblem").textContent = texts.away);
  part("out").hidden = true;
  part("left").textContent = texts.left;
  show("form", texts.title);
  part("token").focus();
}

function show(form, title) {
  part(form).hidden = false;
  document.title = `${title} – SEMKO`;
}

// A link from another site comes without the cookie, though this browser may have it.
async function alreadyIn() {
  if (!asked.has("next")) return false;
  const next = wayOn("/login");
  return address(next).pathname !== "/login" && (await fetch(next, { method: "HEAD" })).ok;
}

const texts = await (await fetch(`/login/texts.${language()}.json`)).json();
document.documentElement.lang = language();
for (const id of ["title", "about", "label", "enter", "outTitle", "outAbout", "leave", "back"]) part(id).textContent = texts[id];
part("back").href = wayOn("/wall");
part("form").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(texts);
});
part("out").addEventListener("submit", (event) => {
  event.preventDefault();
  leave(texts);
});
if (asked.has("out")) {
  show("out", texts.outTitle);
  part("leave").focus();
} else {
  show("form", texts.title);
  if (asked.has("other")) part("problem").textContent = texts.other;
  part("token").focus();
  if (await alreadyIn()) location.replace(wayOn("/wall"));
}
