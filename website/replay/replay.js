// Panels that answer their controls without a kernel; `recording.py` says what was recorded.
//
// Pictures, readings and words are those of the live panel: its own scripts draw them, with a model
// that lives in the page. A figure is brought to life when it comes near the window.

import figure from "../../helpers/panels/figure/live_figure.js";
import speaker from "../../helpers/panels/base/panel.js";
import { compareInWords } from "./compare.js";
import { calm, frameOf, make, makeModel } from "./parts.js";
import { drawn, showDraw, showNumber, showPredict } from "./questions.js";

const PLAY = 110; // ms from one epoch to the next

/** What `Packer.pack` packed: its header, with numbers and pictures in place of where they lie. */
async function unpack(text) {
  const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const block = await new Response(plain).arrayBuffer();
  const length = new DataView(block).getUint32(0, true), start = 4 + length;
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(block, 4, length)));
  const parts = (name, Type) => header[name].map(([at, bytes]) => (
    new Type(block, start + at, bytes / Type.BYTES_PER_ELEMENT)));
  header.numbers = parts("numbers", Float32Array);
  if (header.twice) { // all of them are steps between steps, of 16 bits
    const from = start + Math.min(...header.steps.map(([at]) => at));
    const to = start + Math.max(...header.steps.map(([at, bytes]) => at + bytes));
    const all = new Int16Array(block, from, (to - from) / 2);
    for (let i = 1; i < all.length; i++) all[i] += all[i - 1];
  }
  header.steps = parts("steps", Int16Array);
  header.stills = parts("stills", Uint8Array);
  return header;
}

/** A slider with its name before it and its value behind it; calls `moved` with an index. */
function makeSlider({ name, options, start, plays }, id, moved) {
  const input = make("input", "replay-slider", { type: "range", id, min: 0, max: options.length - 1,
    step: 1, value: start });
  const shown = make("output", "slider-value");
  shown.setAttribute("for", id);
  shown.setAttribute("aria-live", "off"); // the slider says it itself
  const put = (index) => {
    input.value = index; shown.textContent = options[index];
    input.setAttribute("aria-valuetext", options[index]);
  };
  input.addEventListener("input", () => moved(Number(input.value)));
  put(start);
  const row = make("div", "slider-row", {}, make("label", "slider-name", { htmlFor: id,
    textContent: name }), input, shown);
  if (plays && !calm()) row.append(makePlay(options.length, () => Number(input.value), moved));
  return { row, put };
}

/** A button that moves a slider from its start to its end. */
function makePlay(count, index, moved) {
  const button = make("button", "replay-button", { type: "button" });
  let timer;
  const stop = () => { clearInterval(timer); timer = undefined; button.textContent = "▶ Play"; };
  const next = () => {
    if (!button.isConnected || index() >= count - 1) return stop();
    moved(index() + 1);
  };
  button.addEventListener("click", () => {
    if (timer) return stop();
    if (index() >= count - 1) moved(0);
    button.textContent = "❚❚ Pause";
    timer = setInterval(next, PLAY);
  });
  stop();
  return button;
}

/** A list of which one is chosen; calls `moved` with an index. */
function makeChoice({ name, options, start }, id, moved) {
  const list = make("select", "", { id }, ...options.map((words, i) => make("option", "", {
    textContent: words, value: i })));
  list.addEventListener("change", () => moved(list.selectedIndex));
  const put = (index) => { list.selectedIndex = index; };
  put(start);
  return { row: make("label", "replay-choice", {}, `${name} `, list), put };
}

/** The panel of a recording. */
function showFrames(panel, data, id) {
  const dials = data.controls.filter(({ kind }) => kind !== "button");
  const stands = dials.map(({ start }) => start);
  const number = () => data.at[stands.reduce((sum, at, i) => sum * dials[i].options.length + at, 0)];
  const model = makeModel({ ...frameOf(data, number()), size: data.size, number: 0 });
  const status = make("div", "status");
  const show = () => {
    const { still, pieces, ...frame } = frameOf(data, number());
    for (const [name, value] of Object.entries(frame)) model.set(name, value);
    if (still !== model.get("still")) model.set("still", still);
    model.set("number", model.get("number") + 1);
    status.textContent = frame.says;
  };
  const at = (wanted) => dials.findIndex(({ name }) => name === wanted);
  const setOthers = ({ sets }) => Object.entries(sets).forEach(([name, to]) => {
    const i = at(name);
    stands[i] = Array.isArray(to) ? to[1][stands[at(to[0])]] : to;
    made[i].put(stands[i]);
  });
  const made = dials.map((dial, i) => {
    const moved = (to) => { stands[i] = to; made[i].put(to); setOthers(dial); show(); };
    return (dial.kind === "slider" ? makeSlider : makeChoice)(dial, `${id}-${i}`, moved);
  });
  const buttons = data.controls.filter(({ kind }) => kind === "button").map((control) => {
    const button = make("button", "replay-button", { type: "button", textContent: control.options[0] });
    button.addEventListener("click", () => { setOthers(control); show(); });
    return button;
  });
  const rows = (kind) => made.filter((_, i) => dials[i].kind === kind).map(({ row }) => row);
  const picture = make("div", "replay-picture");
  panel.append(make("div", "slider-rows", {}, ...rows("slider")),
    make("div", "row", {}, ...rows("choice"), ...buttons), picture, status);
  figure.render({ model, el: picture });
  show();
}

const KINDS = { frames: showFrames, predict: showPredict, number: showNumber, draw: showDraw };

/** Put a living panel into a `.replay`, before the words about the course. */
async function start(place) {
  const source = place.querySelector(".replay-data");
  const data = await unpack(source.textContent.trim());
  source.remove();
  const panel = make("div", "replay-panel"), page = make("div", "panel-page"), talk = make("div", "");
  page.append(talk); panel.append(page);
  place.querySelector(".replay-saved").after(panel);
  KINDS[data.kind](panel, data, place.id);
  speaker.render({ el: talk });
  place.classList.add("replay-on");
}

/** Start what comes near the window, also what comes into the page later. */
function watch() {
  const near = new IntersectionObserver((seen) => seen.forEach(({ isIntersecting, target }) => {
    if (!isIntersecting) return;
    near.unobserve(target);
    start(target).catch((problem) => {
      console.error(problem);
      target.append(make("p", "failed", { textContent: String(problem) })); // the picture stays
    });
  }), { rootMargin: "400px" });
  const find = (root) => {
    for (const place of root.querySelectorAll(".replay:not([data-found])")) {
      place.dataset.found = ""; near.observe(place);
    }
  };
  find(document);
  new MutationObserver((changes) => {
    if (changes.some(({ addedNodes }) => [...addedNodes].some((node) => node.nodeType === 1))) find(document);
  }).observe(document.documentElement, { childList: true, subtree: true });
}

if (!window.replays) { window.replays = { compareInWords, drawn, frameOf, unpack }; watch(); } // once in a page
