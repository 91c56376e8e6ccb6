import { formatSignedChange } from "@weir/lab";

/** What is drawn on one axis of changes, 0 in its middle. */
export interface DrawnChange {
  readonly change: number | undefined;
  readonly interval: readonly [number, number] | null;
  /** Least change that matters. */
  readonly delta: number;
  /** Of each round. */
  readonly changes: readonly number[];
}

/** The axis reaches at least to twice what matters, so that an interval is seen to lie within it or not. */
const leastReach = 2;
const mostReach = 4;

/**
 * The interval so far as a line of this many characters: `-10.0 % :-----[==+==]------: +10.0 %`. `|` is no change at all,
 * `:` the least that matters, `+` the change; an interval that goes on beyond the axis ends in `<` or `>`.
 */
export function drawInterval(drawn: DrawnChange, columns: number): string {
  const axis = createAxis(drawn, columns);
  const cells = Array.from<string>({ length: columns }).fill("-");
  cells[axis.at(0)] = "|";
  const edge = Math.log1p(drawn.delta);
  for (const side of [-edge, edge]) cells[axis.at(side)] = ":";
  const { interval, change } = drawn;
  if (interval !== null) {
    const [low, high] = interval.map((end) => Math.log1p(end)) as [number, number];
    for (let place = axis.at(low); place <= axis.at(high); place += 1)
      if (cells[place] === "-") cells[place] = "=";
    cells[axis.at(low)] = low < -axis.reach ? "<" : "[";
    cells[axis.at(high)] = high > axis.reach ? ">" : "]";
  }
  if (change !== undefined && Number.isFinite(change)) cells[axis.at(Math.log1p(change))] = "+";
  return `${formatEnd(-axis.reach)} ${cells.join("")} ${formatEnd(axis.reach)}`;
}

/** The rounds on the same axis: how many of them lie in each place. */
export function drawRounds(drawn: DrawnChange, columns: number): string {
  const axis = createAxis(drawn, columns);
  const counts = Array.from<number>({ length: columns }).fill(0);
  for (const change of drawn.changes) counts[axis.at(Math.log1p(change))]! += 1;
  const cells = counts.map((count) => (count === 0 ? " " : count > 9 ? "#" : String(count)));
  return " ".repeat(formatEnd(-axis.reach).length + 1) + cells.join("").trimEnd();
}

interface Axis {
  /** Of a ln(B / A). */
  readonly at: (logRatio: number) => number;
  /** The largest ln(B / A) that has a place of its own. */
  readonly reach: number;
}

// By ratios, as they are judged: half as much and twice as much are equally far from none.
function createAxis({ change = 0, interval, delta, changes }: DrawnChange, columns: number): Axis {
  const least = Math.log1p(delta) * leastReach;
  const ends = [change, ...(interval ?? [])].map((end) => Math.abs(Math.log1p(end)));
  const rounds = changes.map((each) => Math.abs(Math.log1p(each)));
  const widest = Math.max(0, ...[...ends, ...rounds].filter(Number.isFinite));
  // What is very far is cut off rather than pressing all the rest into the middle.
  const known = Math.max(least, Number.isFinite(ends[0]!) ? ends[0]! : 0);
  const reach = Math.min(Math.max(least, widest * 1.05), known * mostReach);
  const middle = (columns - 1) / 2;
  const clamp = (value: number): number => Math.min(1, Math.max(-1, value));
  return { reach, at: (logRatio) => Math.round(middle + clamp(logRatio / reach) * middle) };
}

function formatEnd(logRatio: number): string {
  return formatSignedChange(Math.expm1(logRatio));
}
