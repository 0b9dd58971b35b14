// What all replays share: elements, a model without a kernel, and one recorded frame.

/** Whether the reader wants no motion. */
export const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/** An element with properties and children. */
export function make(tag, className, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), { className }, properties);
  made.append(...children);
  return made;
}

/** What the panels' scripts expect of a widget's model, without a kernel. */
export function makeModel(state) {
  const heard = {};
  return {
    get: (name) => state[name],
    set: (name, value) => { state[name] = value; heard[`change:${name}`]?.forEach((call) => call()); },
    on: (name, call) => { (heard[name] ??= new Set()).add(call); },
    off: (name, call) => heard[name]?.delete(call),
    send() {},
    save_changes() {},
  };
}

/** Places from steps between them, computed once; a step of -32768 lifts the pen. */
function follow(data, number) {
  const known = (data.places ??= []);
  if (known[number]) return known[number];
  const steps = data.steps[number], grid = data.grid * Math.max(...data.size);
  const places = new Float32Array(steps.length);
  for (let i = 0, at = 0; i < steps.length; i++)
    places[i] = steps[i] === -32768 ? NaN : (at += steps[i]) / grid;
  return (known[number] = places);
}

/** One recorded frame as the live figure's model has it. */
export function frameOf(data, number) {
  const [still, axes, pens, labels, says, pieces] = data.frames[number];
  const strokes = data.pens[pens].map((pen) => data.strokes[pen]);
  const columns = pieces.map((piece) => (piece < 0 ? follow(data, -1 - piece) : data.numbers[piece]));
  const numbers = columns.reduce((sum, column) => sum + column.length, 0);
  const frame = new Float32Array(strokes.length + numbers), each = [];
  let at = strokes.length;
  strokes.forEach((_, i) => {
    const [x, y] = [columns[2 * i], columns[2 * i + 1]], from = at;
    frame[i] = x.length;
    for (let k = 0; k < x.length; k++) { frame[at++] = x[k]; frame[at++] = y[k]; }
    each.push(frame.subarray(from, at));
  });
  return { still: data.stills[still], axes: data.axes[axes], strokes, labels: data.labels[labels],
    says: data.words[says], frame, pieces: each };
}
