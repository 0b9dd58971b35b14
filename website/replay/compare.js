// What `Draw` says of a drawn curve beside the real one: `shapes.py` and `draw_axes.py` in the page.
// `tests/browser/test_replay.py` compares the two.

const LEAST = 0.05, SHARE = 0.15, FLATTENS = 0.2;

const clamp = (i, count) => Math.min(count - 1, Math.max(0, i));
const range = (values) => Math.max(...values) - Math.min(...values);
const sum = (values) => values.reduce((a, b) => a + b, 0);

/** A number with a true minus sign; never as "−0.00". */
export function signed(number, decimals) {
  const words = number.toFixed(decimals);
  return Number(words) === 0 ? words.replace("-", "") : words.replace("-", "−");
}

/** "a, b and c". */
export const listed = (words) => (
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`);

/** A moving average over about a tenth of the points; the ends are repeated outside. */
function smooth(h) {
  const reach = Math.floor(h.length / 20), width = 2 * reach + 1;
  return h.map((_, i) => sum(Array.from({ length: width }, (_, k) => h[clamp(i + k - reach, h.length)])) / width);
}

/** The rises (1) and falls (-1) of a curve that are at least so high, in order. */
function legs(h, least) {
  const found = [];
  let low = h[0], high = h[0]; // since the present leg began
  for (const height of h) {
    low = Math.min(low, height); high = Math.max(high, height);
    const rises = height - low >= least && found.at(-1) !== 1;
    const falls = high - height >= least && found.at(-1) !== -1;
    if (rises || falls) { found.push(rises ? 1 : -1); low = high = height; }
  }
  return found;
}

/** The name of a curve's shape, from heights that are fractions of the axes' height. */
export function shape(heights) {
  const h = smooth(heights), found = legs(h, Math.max(LEAST, SHARE * range(h))).join();
  if (!found) return "stays flat";
  const late = Math.abs(h.at(-1) - h[Math.floor((2 * h.length) / 3)]) / range(h);
  const known = {
    "-1": late < FLATTENS ? "falls and flattens" : "keeps falling",
    "1": late < FLATTENS ? "rises and flattens" : "keeps rising",
    "-1,1": "falls, then rises", "1,-1": "rises, then falls",
    "-1,1,-1": "falls, rises and falls again",
  };
  return known[found] ?? "goes up and down";
}

/** How far two curves are apart: { mean, largest, at, stretches: [first, last, too low] }. */
function compare(drawn, real, least) {
  const gap = drawn.map((height, i) => height - real[i]), away = gap.map(Math.abs);
  const side = gap.map((g) => (Math.abs(g) > least ? Math.sign(g) : 0)), parts = [];
  side.forEach((s, i) => {
    if (i && s === side[i - 1]) parts.at(-1).to = i;
    else parts.push({ from: i, to: i, side: s });
  });
  const weighed = parts.filter((part) => part.side)
    .map((part) => ({ ...part, weight: sum(away.slice(part.from, part.to + 1)) }))
    .sort((a, b) => b.weight - a.weight);
  const main = weighed.slice(0, 2).filter((part) => 3 * part.weight >= weighed[0].weight);
  const largest = Math.max(...away);
  return { mean: sum(away) / away.length, largest, at: away.indexOf(largest),
    stretches: main.sort((a, b) => a.from - b.from).map((p) => [p.from, p.to, p.side < 0]) };
}

/** What is said of one drawn curve: heights at all columns, null where there are none. */
export function compareInWords(data, facts, drawn) {
  const { low, high, decimals, unit, points, spelled } = data;
  const spell = (number) => `≈ ${signed(number, decimals)} ${unit}`.trim();
  const both = drawn.map((_, i) => i).filter((i) => drawn[i] !== null && facts.heights[i] !== null);
  if (both.length < 2) return facts.what;
  const mine = both.map((i) => low + drawn[i] * (high - low)), real = both.map((i) => facts.heights[i]);
  const found = compare(mine, real, data.near * (high - low));
  const where = listed(found.stretches.map(([first, last, isLow]) => (
    `too ${isLow ? "low" : "high"} from ${points[both[first]]} to ${spelled[both[last]]}`)));
  return [
    `Your curve differs by ${spell(found.mean)} on average, at most by ${spell(found.largest)} ` +
      `(at ${points[both[found.at]]}).`,
    where ? `It lies ${where}.` : "It is close to the real one everywhere.",
    facts.suggestions[shape(mine.map((height) => (height - low) / (high - low)))],
    ...(facts.beyond ? ["Outside the axes the real curve goes on; there it was not compared."] : []),
  ].join(" ");
}
