// Panels that ask: a choice, a number, a curve. They need no kernel.

import figure from "../../helpers/panels/figure/live_figure.js";
import pencil from "../../helpers/panels/concepts/pencil.js";
import { heightAt } from "../../helpers/panels/concepts/pencil.js";
import { compareInWords, listed } from "./compare.js";
import { calm, frameOf, make, makeModel } from "./parts.js";

const FRAMES = 30, PAUSE = 40; // how a real curve grows
const drawings = new Map(); // by question: a page may show it twice, before and after

/** What was drawn for a question: for each curve its heights, null where there are none. */
export const drawn = (question) => drawings.get(question)?.curves;

/** A button with an action. */
function makeButton(words, action, disabled = false) {
  const button = make("button", "replay-button", { type: "button", textContent: words, disabled });
  button.addEventListener("click", action);
  return button;
}

/** A choice that is locked before the answer is revealed. */
export function showPredict(panel, data, id) {
  panel.classList.add("predict");
  const status = make("div", "status");
  let chosen = null;
  const radios = data.choices.map((choice, i) => {
    const input = make("input", "", { type: "radio", name: id, value: i });
    input.addEventListener("change", () => { chosen = i; lock.disabled = false; });
    return make("label", "replay-radio", {}, input, ` ${choice}`);
  });
  const lock = makeButton("Lock in my answer", () => {
    group.disabled = lock.disabled = true; reveal.disabled = false;
    status.textContent = `Locked in: “${data.choices[chosen]}”. Now see what happens, then reveal.`;
  }, true);
  const reveal = makeButton("Reveal", () => {
    reveal.disabled = true; status.innerHTML = data.results[chosen];
  }, true);
  const group = make("fieldset", "", {},
    make("legend", "question", { innerHTML: data.asked }), ...radios);
  panel.append(group, make("div", "row", {}, lock, reveal), status);
}

/** A number on a scale that is locked before the real one is revealed. */
export function showNumber(panel, data, id) {
  panel.classList.add("predict");
  const status = make("div", "status", { textContent: "Move the slider, then lock in your guess." });
  const line = make("div", ""), reading = make("output", "slider-value", { textContent: "not set yet" });
  reading.setAttribute("for", id); reading.setAttribute("aria-live", "off");
  const input = make("input", "replay-slider", { type: "range", id: `${id}-guess`, min: 0,
    max: data.spelled.length - 1, step: 1, value: 0 });
  const put = ([scale, said]) => {
    line.innerHTML = data.words[scale];
    if (data.words[said]) status.innerHTML = data.words[said];
  };
  input.setAttribute("aria-valuetext", "not set yet");
  input.addEventListener("input", () => {
    reading.textContent = data.spelled[input.value]; lock.disabled = false;
    input.setAttribute("aria-valuetext", data.spelled[input.value]);
  });
  const lock = makeButton("Lock in my guess", () => {
    input.disabled = lock.disabled = true; reveal.disabled = !data.revealed.length;
    status.textContent = `Locked in: ${data.spelled[input.value]}. Read on to compare, or reveal it.`;
    put(data.locked[input.value]);
  }, true);
  const reveal = makeButton("Reveal", () => {
    reveal.disabled = true; put(data.revealed[input.value]);
  }, true);
  line.innerHTML = data.words[data.empty];
  panel.append(make("div", "question", { innerHTML: data.asked }),
    make("div", "slider-row", {},
      make("label", "slider-name", { htmlFor: input.id, textContent: "your guess" }),
      make("div", "guess-box", {}, input, line), reading),
    make("div", "row", {}, lock, reveal), status);
}

/** A curve that is drawn and locked before the real one appears. */
export function showDraw(panel, data, id) {
  panel.classList.add("predict");
  const { names } = data.pencil, known = data.facts.length > 0, frame = frameOf(data, data.number);
  const state = drawings.get(data.question) ?? { curves: names.map(() => Array(data.columns).fill(null)),
    locked: false, shown: false, hear: new Set() };
  drawings.set(data.question, state);
  let grown = 0, timer;
  const model = makeModel({ ...frame, strokes: [], labels: [], frame: new Float32Array(0),
    size: data.size, number: 0 });
  const sketch = makeModel({ ...data.pencil, value: state.curves, curve: 0, active: true });
  const status = make("div", "status"), picture = make("div", "replay-picture"), over = make("div", "");
  const heights = () => state.curves.map((curve) => curve.map((_, column) => heightAt(curve, column)));
  const missing = () => names.filter((_, i) => (
    heights()[i].filter((h) => h !== null).length / data.columns < data.least));
  const revealed = () => known && (state.locked || state.shown);

  function sentences() {
    const lacks = missing();
    if (revealed()) {
      if (grown < 1) return ["The real curve is being drawn."];
      const drawn = lacks.length ? null : heights();
      return data.facts.map((facts, i) => {
        const words = drawn ? compareInWords(data, facts, drawn[i]) : facts.what;
        const name = names[i], rest = `${words[0].toLowerCase()}${words.slice(1)}`;
        return names.length === 1 ? words : `${name[0].toUpperCase()}${name.slice(1)}: ${rest}`;
      });
    }
    if (state.locked) return ["Your curve is locked. Read on to see the real one."];
    const said = known ? ["Draw first, or press “Show it”."] : [];
    if (!lacks.length) return [...said, "Lock your curve when it shows what you expect."];
    const begun = state.curves.some((curve) => curve.some((h) => h !== null));
    return [...said, begun ? `Still to draw: ${listed(lacks)}.` : data.how];
  }

  /** The live figure's frame: what was drawn as pale lines, over it the real curves so far. */
  function compose() {
    const { axes, strokes: styles, size } = data.pencil, strokes = [], pieces = [], labels = [], tops = [];
    const write = (words, color, top) => {
      let y = top;
      while (tops.some((other) => Math.abs(y - other) * size[1] < 20)) y += 20 / size[1];
      tops.push(y); labels.push(words);
      strokes.push({ kind: "text", fill: color, size: 15, weight: "bold", align: "left", angle: 0,
        family: '"DejaVu Sans", Verdana, sans-serif' });
      pieces.push([axes.x.to + 12 / size[0], y - 5 / size[1]]);
    };
    const real = [];
    frame.strokes.forEach((stroke, i) => { if (stroke.name) real.push([stroke, frame.pieces[i]]); });
    const edge = axes.x.from + grown * (axes.x.to - axes.x.from) + 1e-6;
    heights().forEach((curve, n) => {
      const points = curve.flatMap((h, i) => (h === null ? [] : [
        axes.x.from + (i / (data.columns - 1)) * (axes.x.to - axes.x.from),
        axes.y.from + h * (axes.y.to - axes.y.from)]));
      if (!points.length) return;
      styles[n].forEach((style, i) => {
        strokes.push(i ? { ...style, name: `your ${names[n]}`, axes: 0 } : style); pieces.push(points);
      });
    });
    for (const [stroke, points] of real) {
      const count = points.findIndex((x, i) => i % 2 === 0 && x > edge);
      strokes.push(stroke); pieces.push(count < 0 ? points : points.slice(0, count));
    }
    let word = 0;
    if (grown >= 1) {
      frame.strokes.forEach((stroke, i) => {
        if (stroke.kind !== "text") return;
        labels.push(frame.labels[word++]); strokes.push(stroke); pieces.push(frame.pieces[i]);
        tops.push(frame.pieces[i][1] + 5 / size[1]);
      });
      heights().forEach((curve, n) => {
        const end = curve.findLast((h) => h !== null);
        if (end === undefined) return;
        write(`your ${names[n]}`, styles[n].at(-1).color, axes.y.from + end * (axes.y.to - axes.y.from));
      });
    }
    return { strokes, labels, frame: new Float32Array([...pieces.map((p) => p.length / 2),
      ...pieces.flatMap((p) => [...p])]) };
  }

  function show() {
    const active = !state.locked && !revealed(), lacks = missing();
    if (sketch.get("active") !== active) sketch.set("active", active);
    which.disabled = clear.disabled = !active;
    lock.disabled = !active || lacks.length > 0;
    reveal.disabled = !known || revealed();
    status.replaceChildren(...sentences().map((words) => make("div", "", { textContent: words })));
    const now = active ? { strokes: [], labels: [], frame: new Float32Array(0) } : compose();
    for (const [name, value] of Object.entries(now)) model.set(name, value);
    model.set("says", [data.question, data.axes_words, ...sentences()].join(" "));
    model.set("number", model.get("number") + 1);
  }

  function begin() {
    if (!revealed()) return show();
    if (calm()) grown = 1;
    if (grown >= 1 || timer) return show();
    timer = setInterval(() => {
      grown = Math.min(1, grown + 1 / FRAMES);
      if (grown >= 1) { clearInterval(timer); timer = undefined; }
      show();
    }, PAUSE);
  }

  const tell = () => state.hear.forEach((hear) => hear());
  const which = make("fieldset", "replay-curves", {}, make("legend", "", { textContent: "curve" }),
    ...names.map((name, i) => {
      const input = make("input", "", { type: "radio", name: `${id}-curve`, checked: !i });
      input.addEventListener("change", () => sketch.set("curve", i));
      return make("label", "replay-radio", {}, input, ` ${name}`);
    }));
  const lock = makeButton("Lock my curve", () => { state.locked = true; tell(); });
  const clear = makeButton("Clear", () => {
    state.curves = names.map(() => Array(data.columns).fill(null)); tell();
  });
  const reveal = makeButton("Show it", () => {
    state.shown = true; state.locked ||= !missing().length; tell();
  });
  sketch.save_changes = () => { state.curves = sketch.get("value"); tell(); };
  state.hear.add(() => {
    if (sketch.get("value") !== state.curves) sketch.set("value", state.curves);
    begin();
  });
  panel.append(make("div", "question", { innerHTML: data.asked }),
    make("div", "row", {}, ...(names.length > 1 ? [which] : []), lock, clear, reveal), picture, over, status);
  figure.render({ model, el: picture });
  pencil.render({ model: sketch, el: over });
  begin();
}
