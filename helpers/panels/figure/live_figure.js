// Draws what moves over a still picture; `live_figure.py` says who sends what and why.
//
// Vertices are fractions of the figure, y upwards, so one script serves every axis:
//   frame    Float32Array: a count for each stroke, then x, y, x, y ...; NaN lifts the pen
//   strokes  for each stroke its looks in CSS pixels and, if it can be read, its name and axes
//   labels   the words of the text strokes, in order
//   axes     where each pair of axes lies, and how a fraction turns into a value

const floats = (view) => new Float32Array(
  view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));

/** Cut a frame into one array of vertices for each stroke. */
export function cut(frame, strokes) {
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

/** Paint one frame; `px` is the number of canvas pixels in a CSS pixel of the figure. */
export function paint(g, W, H, px, strokes, labels, pieces) {
  g.clearRect(0, 0, W, H);
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
}

function render({ model, el }) {
  const make = (tag, name) => Object.assign(document.createElement(tag), { className: name });
  const box = make("div", "live_figure"), still = make("img", "live-figure-still");
  const canvas = make("canvas", "live-figure-canvas"), reading = make("div", "live-figure-reading");
  still.alt = ""; canvas.tabIndex = 0; canvas.setAttribute("role", "img");
  reading.setAttribute("aria-live", "polite");
  box.dataset.lmSuppressShortcuts = "true"; // else JupyterLab takes the arrow keys
  box.append(still, canvas, reading); el.append(box);

  // cursor: {axes, x} in fractions, or {axes, end: true}, which follows a curve that grows
  let queued = false, gone = false, pieces = [], cursor = null;
  // a kernel that has gone hears nothing, and what is on the page stays
  const tell = (message) => { try { model.send(message); } catch { /* gone */ } };
  const queue = () => { if (!queued && !gone) { queued = true; requestAnimationFrame(draw); } };

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
    const ratio = window.devicePixelRatio || 1, strokes = model.get("strokes");
    const W = Math.round(canvas.clientWidth * ratio), H = Math.round(canvas.clientHeight * ratio);
    if (!W || !H || gone) return;
    if (canvas.width !== W || canvas.height !== H) Object.assign(canvas, { width: W, height: H });
    pieces = cut(floats(model.get("frame")), strokes);
    const g = canvas.getContext("2d");
    paint(g, W, H, W / model.get("size")[0], strokes, model.get("labels"), pieces);
    read(g, W, H, ratio);
    box.dataset.number = model.get("number");
    tell({ shown: model.get("number") });
  }

  const readable = (axes) => model.get("strokes")
    .map((s, i) => ({ ...s, points: pieces[i] }))
    .filter((s) => s.name && s.axes === axes && s.points.length);

  /** Show the values of the curves under the cursor, and a hairline where they were read. */
  function read(g, W, H, ratio) {
    reading.hidden = true;
    if (!cursor) return;
    const axes = model.get("axes")[cursor.axes], lines = readable(cursor.axes);
    if (!lines.length) return;
    const goal = cursor.end ? lines[0].points[2 * last(lines[0].points)] : cursor.x;
    const found = lines.map((s) => nearest(s.points, goal, 0.02)).map((i, n) => [lines[n], i])
      .filter(([, i]) => i >= 0);
    if (!found.length) return;
    const x = found[0][0].points[2 * found[0][1]];
    g.fillStyle = "#6b6b6b";
    g.fillRect(x * W - ratio / 2, (1 - axes.y.to) * H, ratio, (axes.y.to - axes.y.from) * H);
    const where = value(axes.x, x);
    const number = () => (axes.x.whole ? Math.round(where) : where.toPrecision(3));
    const parts = [[axes.x.names ? where : `${axes.title} ${number()}`, "inherit"]].concat(
      found.map(([s, i]) => [`${s.name} ${value(axes.y, s.points[2 * i + 1]).toPrecision(3)}`, s.color]));
    reading.replaceChildren(...parts.map(([text, color]) =>
      Object.assign(document.createElement("span"), { textContent: text, style: `color:${color}` })));
    reading.hidden = false;
    const left = (x - axes.x.from) * 2 < axes.x.to - axes.x.from;
    reading.style.cssText = `top:${100 * (1 - axes.y.to)}%;` +
      (left ? `left:calc(${100 * x}% + 8px)` : `right:calc(${100 - 100 * x}% + 8px)`);
  }

  function point(event) {
    const r = canvas.getBoundingClientRect();
    const x = (event.clientX - r.left) / r.width, y = 1 - (event.clientY - r.top) / r.height;
    const at = model.get("axes").findIndex((a) =>
      x >= a.x.from && x <= a.x.to && y >= a.y.from && y <= a.y.to);
    cursor = at < 0 ? null : { axes: at, x };
    queue();
  }

  function key(event) {
    const axes = model.get("axes");
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: 10, PageDown: -10, Home: -1e9, End: 1e9 };
    if (event.key === "Escape") cursor = null;
    else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      cursor = { axes: ((cursor ? cursor.axes : 0) + 1) % axes.length, end: true };
    } else if (event.key in steps) {
      const at = cursor ? cursor.axes : 0, line = readable(at)[0];
      if (!line) return;
      const end = last(line.points);
      const from = cursor && !cursor.end ? nearest(line.points, cursor.x) : end;
      const to = Math.max(0, from + steps[event.key]);
      cursor = to >= end ? { axes: at, end: true } : { axes: at, x: line.points[2 * to] };
    } else return;
    event.preventDefault(); event.stopPropagation(); queue();
  }

  const leave = () => { cursor = null; queue(); };
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("pointerleave", leave);
  canvas.addEventListener("keydown", key);
  canvas.addEventListener("blur", leave);
  const watcher = new ResizeObserver(queue);
  watcher.observe(canvas);
  window.addEventListener("resize", queue); // also when the page is zoomed
  const speak = () => canvas.setAttribute("aria-label", model.get("says"));
  const listeners = [
    ["change:still", showStill], ["change:number", queue], ["change:says", speak]];
  listeners.forEach(([name, call]) => model.on(name, call));
  showStill(); speak();
  tell({ hello: true });
  return () => {
    gone = true; watcher.disconnect(); window.removeEventListener("resize", queue);
    listeners.forEach(([name, call]) => model.off(name, call));
    URL.revokeObjectURL(still.src);
  };
}

export default { render };
