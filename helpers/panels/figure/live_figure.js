// Draws what moves over a still picture; `live_figure.py` says who sends what and why.
//
// A picture is { strokes, labels, pieces, axes, size }; one script serves every kind of axis:
//   size     of the figure in CSS pixels, [width, height]
//   strokes  for each stroke its kind, its style in CSS pixels and, if it can be read, name and axes
//   pieces   for each stroke its vertices x, y, x, y ... as fractions of the figure, y upwards;
//            NaN lifts the pen
//   labels   the words of the text strokes, in order
//   axes     where each pair of axes lies, and how a fraction turns into a value
// A cursor is null, { axes, x } with x a fraction, or { axes, end: true }, which follows a curve
// that grows. Nothing above `render` knows of widgets: a page without a kernel can call it, too.

const REST = 1000; // ms without a change, after which words are given to a screen reader

/** Decode a frame, float32: a count for each stroke, then the vertices of all strokes. */
export function decode(view, strokes) {
  const frame = new Float32Array(
    view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  let at = strokes.length;
  return strokes.map((_, i) => frame.subarray(at, (at += 2 * frame[i])));
}

/** The value that lies a fraction of the way along an axis. */
export function value(axis, fraction) {
  const part = (fraction - axis.from) / (axis.to - axis.from);
  if (axis.names) {
    const near = (n) => Math.abs(n[0] - fraction);
    return axis.names.reduce((best, n) => (near(n) < near(best) ? n : best))[1];
  }
  const { low, high } = axis;
  if (axis.log) return low * (high / low) ** part;
  const found = low + (high - low) * part; // of float32, so that a 0 arrives as about 1e-8
  return Math.abs(found) < 1e-6 * Math.abs(high - low) ? 0 : found;
}

/** The index of the vertex nearest to x, or -1 if there is none within `most`. */
export function nearest(points, x, most = 1) {
  let best = -1, distance = most;
  for (let i = 0; i < points.length; i += 2) {
    const d = Math.abs(points[i] - x);
    if (d <= distance && !Number.isNaN(points[i + 1])) [best, distance] = [i / 2, d];
  }
  return best;
}

/** The index of the rightmost vertex that is drawn, or -1. */
export const last = (points) => nearest(points, 2, 3);

/** The lines of one pair of axes that can be read, each with its points. */
const readable = ({ strokes, pieces }, axes) => strokes
  .map((s, i) => ({ ...s, points: pieces[i] }))
  .filter((s) => s.name && s.axes === axes && s.points.length);

/** What the curves show under a cursor: { x, index, end, lines: [{ text, color }] }, or null. */
export function readings(picture, cursor) {
  const lines = cursor ? readable(picture, cursor.axes) : [];
  if (!lines.length) return null;
  const end = last(lines[0].points), axes = picture.axes[cursor.axes];
  const goal = cursor.end ? lines[0].points[2 * end] : cursor.x;
  const found = lines.map((line) => [line, nearest(line.points, goal, 0.02)]).filter(([, i]) => i >= 0);
  if (!found.length) return null;
  const [first, index] = found[0], x = first.points[2 * index], at = value(axes.x, x);
  const place = axes.x.names ? at : `${axes.title} ${axes.x.whole ? Math.round(at) : Number(at.toPrecision(3))}`;
  return { x, index, end, lines: [{ text: place, color: "inherit" }, ...found.map(([line, i]) => (
    { text: `${line.name} ${value(axes.y, line.points[2 * i + 1]).toPrecision(3)}`, color: line.color }))] };
}

/** The cursor at a place of the figure: on the axes that lie there, or null. */
export function point({ axes }, x, y) {
  const at = axes.findIndex((a) => x >= a.x.from && x <= a.x.to && y >= a.y.from && y <= a.y.to);
  return at < 0 ? null : { axes: at, x };
}

const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity };
const TURNS = { ArrowUp: 1, ArrowDown: -1 };

/** The cursor after a key; undefined if the key is none of ours. */
export function step(picture, cursor, key) {
  const at = cursor?.axes ?? 0, count = picture.axes.length;
  if (key === "Escape") return null;
  if (key in TURNS) return { axes: (at + TURNS[key] + count) % count, end: true };
  const line = readable(picture, at)[0];
  if (!(key in STEPS) || !line) return undefined;
  const end = last(line.points);
  const from = cursor && !cursor.end ? nearest(line.points, cursor.x) : end;
  const to = Math.max(0, from + STEPS[key]);
  return to >= end ? { axes: at, end: true } : { axes: at, x: line.points[2 * to] };
}

function trace(g, points, W, H, closed) {
  let down = false;
  g.beginPath();
  for (let i = 0; i < points.length; i += 2) {
    if (Number.isNaN(points[i + 1])) { if (closed) g.closePath(); down = false; continue; }
    const x = points[i] * W, y = (1 - points[i + 1]) * H;
    if (down) g.lineTo(x, y); else g.moveTo(x, y);
    down = true;
  }
  if (closed) g.closePath();
}

/** Paint a picture on a canvas as finely as the screen shows it; whether the canvas has a size. */
export function paint(canvas, { strokes, labels, pieces, size }) {
  const ratio = window.devicePixelRatio || 1, g = canvas.getContext("2d");
  const W = Math.round(canvas.clientWidth * ratio), H = Math.round(canvas.clientHeight * ratio);
  if (!W || !H) return false;
  if (canvas.width !== W || canvas.height !== H) Object.assign(canvas, { width: W, height: H });
  g.clearRect(0, 0, W, H);
  const px = W / size[0]; // canvas pixels in a pixel of the figure
  let word = 0;
  strokes.forEach((s, n) => {
    const points = pieces[n];
    g.save();
    if (s.clip) {
      const [x0, y0, x1, y1] = s.clip;
      g.beginPath(); g.rect(x0 * W, (1 - y1) * H, (x1 - x0) * W, (y1 - y0) * H); g.clip();
    }
    g.lineJoin = "round"; g.lineCap = s.cap || "butt";
    g.fillStyle = s.fill || "transparent"; g.strokeStyle = s.color || "transparent";
    g.lineWidth = (s.width || 0) * px; g.setLineDash((s.dash || []).map((d) => d * px));
    const ink = () => { if (s.fill) g.fill(); if (s.color && s.width) g.stroke(); };
    if (s.kind === "text") {
      g.font = `${s.weight} ${s.size * px}px ${s.family}`; g.textAlign = s.align;
      g.translate(points[0] * W, (1 - points[1]) * H); g.rotate((-s.angle * Math.PI) / 180);
      g.fillText(labels[word++], 0, 0);
    } else if (s.kind === "marks") {
      for (let i = 0; i < points.length; i += 2) {
        g.beginPath();
        s.outline.forEach(([x, y]) => g.lineTo(points[i] * W + x * px, (1 - points[i + 1]) * H - y * px));
        g.closePath(); ink();
      }
    } else { trace(g, points, W, H, !!s.fill); ink(); }
    g.restore();
  });
  return true;
}

/** Show what was read in a box beside a hairline; `found` as from `readings`. */
export function showReadings(box, canvas, axes, found) {
  box.hidden = !found;
  if (!found) return;
  const { x, lines } = found, g = canvas.getContext("2d"), { width: W, height: H } = canvas;
  const hair = window.devicePixelRatio || 1;
  g.fillStyle = "#6b6b6b";
  g.fillRect(x * W - hair / 2, (1 - axes.y.to) * H, hair, (axes.y.to - axes.y.from) * H);
  box.replaceChildren(...lines.map(({ text, color }) =>
    Object.assign(document.createElement("span"), { textContent: text, style: `color:${color}` })));
  const left = (x - axes.x.from) * 2 < axes.x.to - axes.x.from;
  box.style.cssText = `top:${100 * (1 - axes.y.to)}%;` +
    (left ? `left:calc(${100 * x}% + 8px)` : `right:calc(${100 - 100 * x}% + 8px)`);
}

/** Call back when the screen's pixels change: another zoom, another screen. Returns the end. */
export function watchDensity(call) {
  let density = window.devicePixelRatio, media;
  const changed = () => {
    if (window.devicePixelRatio === density) return;
    density = window.devicePixelRatio;
    stop(); watch(); call(density);
  };
  const watch = () => {
    media = window.matchMedia(`(resolution: ${density}dppx)`);
    media.addEventListener("change", changed);
    window.addEventListener("resize", changed);
  };
  const stop = () => {
    media.removeEventListener("change", changed);
    window.removeEventListener("resize", changed);
  };
  watch();
  return stop;
}

function render({ model, el }) {
  const make = (tag, name) => Object.assign(document.createElement(tag), { className: name });
  const box = make("div", "live-figure"), still = make("img", "live-figure-still");
  const canvas = make("canvas", "live-figure-canvas"), reading = make("div", "live-figure-reading");
  still.alt = "";
  reading.setAttribute("aria-hidden", "true"); // the canvas says it as its value
  canvas.dataset.lmSuppressShortcuts = "true"; // else Jupyter takes the arrow keys
  box.append(still, canvas, reading); el.append(box);

  let queued = false, gone = false, cursor = null, found = null, rest;
  // a kernel that has gone hears nothing, and what is on the page stays
  const tell = (message) => { try { model.send(message); } catch { /* gone */ } };
  const queue = () => { if (!queued && !gone) { queued = true; requestAnimationFrame(draw); } };
  const picture = () => {
    const [strokes, labels, axes, size] = ["strokes", "labels", "axes", "size"].map((n) => model.get(n));
    return { strokes, labels, axes, size, pieces: decode(model.get("frame"), strokes) };
  };

  function showStill() {
    const old = still.src;
    still.src = URL.createObjectURL(new Blob([model.get("still")], { type: "image/png" }));
    if (old) URL.revokeObjectURL(old);
    box.style.width = `${model.get("size")[0]}px`;
    box.style.aspectRatio = model.get("size").join(" / ");
    queue();
  }

  function draw() {
    queued = false;
    const now = picture();
    if (gone || !paint(canvas, now)) return;
    found = readings(now, cursor);
    showReadings(reading, canvas, found && now.axes[cursor.axes], found);
    box.dataset.number = model.get("number");
    tell({ shown: model.get("number") });
    clearTimeout(rest); rest = setTimeout(speak, REST);
  }

  /** Tell a screen reader what is shown: at rest and after a key, not with every frame. */
  function speak() {
    const attributes = { "aria-label": model.get("says"), role: "img" };
    if (model.get("axes").length) Object.assign(attributes, { // a role to which browse mode leaves the arrow keys
      role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-valuemax": found ? found.end : 0,
      "aria-valuenow": found ? found.index : 0,
      "aria-valuetext": found ? found.lines.map((line) => line.text).join(", ") : "arrow keys read the curves" });
    for (const name of ["tabindex", "aria-valuemin", "aria-valuemax", "aria-valuenow", "aria-valuetext"])
      if (!(name in attributes)) canvas.removeAttribute(name);
    for (const [name, is] of Object.entries(attributes)) canvas.setAttribute(name, is);
  }

  function move(to) { cursor = to; queue(); }
  canvas.addEventListener("pointermove", (event) => {
    const r = canvas.getBoundingClientRect();
    move(point(picture(), (event.clientX - r.left) / r.width, 1 - (event.clientY - r.top) / r.height));
  });
  canvas.addEventListener("pointerleave", () => move(null));
  canvas.addEventListener("blur", () => move(null));
  canvas.addEventListener("keydown", (event) => {
    const to = step(picture(), cursor, event.key);
    if (to === undefined) return;
    event.preventDefault(); event.stopPropagation();
    cursor = to; draw(); speak();
  });
  const watcher = new ResizeObserver(queue);
  watcher.observe(canvas);
  const unwatch = watchDensity((density) => { tell({ density }); queue(); });
  const listeners = [["change:still", showStill], ["change:number", queue]];
  listeners.forEach(([name, call]) => model.on(name, call));
  showStill(); speak();
  tell({ hello: true, density: window.devicePixelRatio });
  return () => {
    gone = true; clearTimeout(rest); watcher.disconnect(); unwatch();
    listeners.forEach(([name, call]) => model.off(name, call));
    URL.revokeObjectURL(still.src);
  };
}

export default { render };
