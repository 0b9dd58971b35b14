// The pencil of `Draw`: `pencil.py` puts the part of live_figure.js that paints before this.
//
// A curve is a list of heights at places that are even along the axes, null where nothing is
// drawn; a height is a fraction of the axes'. The pad over the axes takes pointer and keys, a canvas
// over the whole picture shows the curves at once, and the kernel hears of each stroke at its end.

const STOPS = 20; // steps of an arrow key from one end of the axes to the other
const RISE = 0.02; // what an arrow key adds to a height
const MARK = Array.from({ length: 25 }, (_, i) => [6 * Math.cos(i / 4), 6 * Math.sin(i / 4)]);

const within = (height) => Math.round(1e4 * Math.min(1, Math.max(0, height))) / 1e4;
const columnOf = (curve, x) => Math.round(Math.min(1, Math.max(0, x)) * (curve.length - 1));

/** A curve after the pointer went from one place to another: [x, height], as fractions of the axes. */
export function stroke(curve, [x0, y0], [x1, y1]) {
  const from = columnOf(curve, x0), to = columnOf(curve, x1), now = [...curve];
  for (let i = Math.min(from, to); i <= Math.max(from, to); i++)
    now[i] = within(from === to ? y1 : y0 + ((y1 - y0) * (i - from)) / (to - from));
  return now;
}

/** The height at a column: drawn there, or on the line between its neighbours; null outside. */
export function heightAt(curve, column) {
  const drawn = (i) => curve[i] !== null;
  const columns = curve.map((_, i) => i).filter(drawn);
  const left = columns.findLast((i) => i <= column), right = columns.find((i) => i >= column);
  if (left === undefined || right === undefined) return null;
  if (left === right) return curve[left];
  return curve[left] + ((curve[right] - curve[left]) * (column - left)) / (right - left);
}

/** Where a curve begins that has no height at a column: at its nearest end, or in the middle. */
function start(curve, column) {
  const columns = curve.map((_, i) => i).filter((i) => curve[i] !== null);
  if (!columns.length) return 0.5;
  return curve[columns.reduce((a, b) => (Math.abs(b - column) < Math.abs(a - column) ? b : a))];
}

/** A curve with another height at a column, joined by straight lines to the stops beside it. */
export function raise(curve, column, height) {
  const reach = (curve.length - 1) / STOPS, now = [...curve];
  now[column] = height === null ? null : within(height);
  for (let i = 1; i < reach; i++) for (const at of [column - i, column + i])
    if (at in now) now[at] = null; // a line from stop to stop
  return now;
}

/** The cursor's column after a key, or undefined if it is none that moves it. */
export function along(curve, column, key) {
  const end = curve.length - 1, step = end / STOPS;
  const to = { ArrowLeft: column - step, ArrowRight: column + step, Home: 0, End: end }[key];
  return to === undefined ? to : Math.round(Math.min(end, Math.max(0, to)) / step) * step;
}

/** The words for a curve at a column: "training at epoch 25: 0.42 nats". */
export function spell({ axes, names, unit }, curve, index, column) {
  const at = (column / (curve.length - 1)) * (axes.x.to - axes.x.from) + axes.x.from;
  const height = heightAt(curve, column);
  const place = `${names[index]} at ${value(axes.x, at)}`;
  if (height === null) return `${place}: nothing drawn yet`;
  const found = value(axes.y, axes.y.from + height * (axes.y.to - axes.y.from));
  return `${place}: ${Number(found.toPrecision(3))} ${unit}`.trim();
}

function render({ model, el }) {
  const make = (tag, name) => Object.assign(document.createElement(tag), { className: name });
  const canvas = make("canvas", "pencil-canvas"), pad = make("div", "pencil-pad");
  const hint = make("div", "pencil-hint");
  el.classList.add("pencil");
  hint.textContent = "Draw here";
  hint.setAttribute("aria-hidden", "true");
  canvas.setAttribute("aria-hidden", "true");
  pad.dataset.lmSuppressShortcuts = "true"; // else Jupyter takes the arrow keys
  pad.tabIndex = 0;
  pad.setAttribute("role", "slider");
  pad.append(hint);

  let figure = null, gone = false, queued = false, pen = null, column = null, curves = model.get("value");
  const index = () => model.get("curve");
  const queue = () => { if (!queued && !gone) { queued = true; requestAnimationFrame(draw); } };
  const put = (curve) => { curves = curves.map((c, i) => (i === index() ? curve : c)); queue(); };
  // a kernel that has gone hears nothing
  const quietly = (call) => { try { call(); } catch { /* gone */ } };
  const send = () => quietly(() => { model.set("value", curves); model.save_changes(); });

  function attach() { // a widget is made before it is put in its place
    if (gone) return;
    figure = el.closest(".lab")?.querySelector(".live-figure");
    if (!figure) return void requestAnimationFrame(attach);
    figure.append(canvas, pad);
    watcher.observe(canvas);
    turn();
  }

  /** Be there, or leave the picture to the live figure. */
  function turn() {
    const on = model.get("active"), { x, y } = model.get("axes");
    figure?.classList.toggle("pencil-over", on);
    canvas.hidden = pad.hidden = !on;
    pad.style.cssText = `left:${100 * x.from}%; right:${100 - 100 * x.to}%; ` +
      `bottom:${100 * y.from}%; top:${100 - 100 * y.to}%;`;
    queue();
  }

  function draw() {
    queued = false;
    if (gone || !figure || !model.get("active")) return;
    const axes = model.get("axes"), size = model.get("size"), names = model.get("names");
    const at = (column, height, end) => [axes.x.from + (column / end) * (axes.x.to - axes.x.from),
      axes.y.from + height * (axes.y.to - axes.y.from)];
    const strokes = [], pieces = [], labels = [], tops = [];
    curves.forEach((curve, n) => {
      const end = curve.length - 1, points = curve.flatMap((h, i) => (h === null ? [] : at(i, h, end)));
      for (const style of model.get("strokes")[n]) { strokes.push(style); pieces.push(points); }
      if (!points.length) return;
      let top = points.at(-1);
      while (tops.some((y) => Math.abs(y - top) * size[1] < 20)) top += 20 / size[1];
      tops.push(top);
      const { color } = model.get("strokes")[n].at(-1);
      strokes.push({ kind: "text", fill: color, size: 15, weight: "bold", align: "left", angle: 0,
        family: '"DejaVu Sans", Verdana, sans-serif' });
      pieces.push([axes.x.to + 12 / size[0], top - 5 / size[1]]); labels.push(names[n]);
    });
    if (column !== null) {
      const curve = curves[index()], end = curve.length - 1, height = heightAt(curve, column);
      const [x] = at(column, 0, end);
      strokes.push({ kind: "line", color: "#6b6b6b", width: 1.5, dash: [4, 4] });
      pieces.push([x, axes.y.from, x, axes.y.to]);
      strokes.push({ kind: "marks", outline: MARK, fill: "#ffffff", width: 3,
        color: model.get("strokes")[index()].at(-1).color });
      pieces.push(at(column, height ?? start(curve, column), end));
    }
    paint(canvas, { strokes, pieces, labels, size });
    hint.hidden = curves.some((curve) => curve.some((h) => h !== null));
    speak(axes);
  }

  function speak(axes) {
    const curve = curves[index()], height = heightAt(curve, column ?? 0) ?? start(curve, column ?? 0);
    const { low, high } = axes.y;
    for (const [name, is] of Object.entries({
      "aria-label": `${model.get("words")} Left and right choose a place, up and down set the value.`,
      "aria-valuemin": low, "aria-valuemax": high, "aria-valuenow": low + height * (high - low),
      "aria-valuetext": spell({ axes, names: model.get("names"), unit: model.get("unit") },
        curve, index(), column ?? 0) })) pad.setAttribute(name, is);
  }

  const place = (event) => {
    const r = pad.getBoundingClientRect();
    return [(event.clientX - r.left) / r.width, 1 - (event.clientY - r.top) / r.height];
  };
  pad.addEventListener("pointerdown", (event) => {
    if (event.button || pen) return;
    pad.setPointerCapture(event.pointerId);
    column = null; pen = { id: event.pointerId, at: place(event) };
    put(stroke(curves[index()], pen.at, pen.at));
  });
  pad.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pen?.id) return;
    const met = event.getCoalescedEvents?.() ?? [];
    for (const one of met.length ? met : [event]) {
      const to = place(one);
      put(stroke(curves[index()], pen.at, to)); pen.at = to;
    }
  });
  const lift = (event) => { if (event.pointerId === pen?.id) { pen = null; send(); } };
  pad.addEventListener("pointerup", lift);
  pad.addEventListener("pointercancel", lift);
  pad.addEventListener("focus", () => {
    if (pad.matches(":focus-visible") && !pen) { column ??= 0; queue(); }
  });
  pad.addEventListener("blur", () => { column = null; queue(); });
  pad.addEventListener("keydown", (event) => {
    const { key } = event, curve = curves[index()], to = along(curve, column ?? 0, key);
    const by = { ArrowUp: RISE, ArrowDown: -RISE, PageUp: 5 * RISE, PageDown: -5 * RISE }[key];
    const wipe = key === "Delete" || key === "Backspace";
    if (to === undefined && by === undefined && !wipe) return;
    event.preventDefault(); event.stopPropagation();
    column = to ?? column ?? 0;
    if (to === undefined) {
      const height = heightAt(curve, column);
      put(raise(curve, column, wipe ? null : (height ?? start(curve, column)) + by));
      send();
    }
    draw();
  });

  const taken = () => { if (!pen) { curves = model.get("value"); queue(); } };
  const watcher = new ResizeObserver(queue);
  const unwatch = watchDensity(queue);
  const listeners = [["change:value", taken], ["change:curve", queue], ["change:active", turn]];
  listeners.forEach(([name, call]) => model.on(name, call));
  attach();
  quietly(() => model.send({
    hello: true, calm: window.matchMedia("(prefers-reduced-motion: reduce)").matches }));
  return () => {
    gone = true; watcher.disconnect(); unwatch();
    listeners.forEach(([name, call]) => model.off(name, call));
    figure?.classList.remove("pencil-over"); canvas.remove(); pad.remove();
  };
}

export default { render };
