// Five faces as buttons. Shape tells the score as well as colour does.

const MARKS = [
  ["M22 32 L41 42 M78 32 L59 42 M27 78 Q50 50 73 78", [35, 50]],
  ["M31 73 Q50 57 69 73", [35, 42]],
  ["M30 67 L70 67", [35, 42]],
  ["M29 61 Q50 81 71 61", [35, 41]],
  ["M26 42 Q34 31 42 42 M58 42 Q66 31 74 42 M24 57 H76 Q74 84 50 84 Q26 84 24 57 Z", null],
];
const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

export function face(score, word, press) {
  const [mark, eyes] = MARKS[score - 1];
  const drawing = element("svg", { viewBox: "0 0 100 100", "aria-hidden": "true" });
  drawing.append(element("circle", { class: "skin", cx: 50, cy: 50, r: 47 }));
  drawing.append(element("path", { class: "mark", d: mark }));
  for (const x of eyes ? [eyes[0], 100 - eyes[0]] : []) {
    drawing.append(element("circle", { class: "dot", cx: x, cy: eyes[1], r: 6 }));
  }
  const button = document.createElement("button");
  button.type = "button";
  button.className = "face";
  button.dataset.score = score;
  const text = document.createElement("span");
  text.textContent = word;
  button.append(drawing, text);
  button.addEventListener("click", () => press(score));
  return button;
}
