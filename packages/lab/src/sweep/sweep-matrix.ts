import { WeirError } from "@weir/protocol";
import { axisNames, keyOf, type AxisName, type SweepCase, type SweepSettings } from "./sweep-case.ts";

/** What kind of thing is swept. */
export type SweepKind = "embeddings" | "chat" | "image" | "pdf";

/** How a matrix is asked for. */
export interface MatrixChoice {
  readonly kind: SweepKind;
  /** The shorter list of cases. */
  readonly quick: boolean;
  /** Values that take the place of an axis's own. */
  readonly axes: Readonly<Partial<Record<AxisName, readonly number[]>>>;
  /** Axes that are not swept, because what is sent is given. @default none */
  readonly without?: readonly AxisName[];
  /** Leaves out what is larger; undefined leaves out nothing. */
  readonly maxConcurrency: number | undefined;
  readonly maxSize: number | undefined;
}

/** The cases of a sweep, and where they come from. */
export interface SweepMatrix {
  readonly name: "full" | "quick" | "own";
  readonly kind: SweepKind;
  readonly axes: Readonly<Partial<Record<AxisName, readonly number[]>>>;
  readonly cases: readonly SweepCase[];
}

type Axes = Readonly<Partial<Record<AxisName, readonly number[]>>>;

/** The axes of each kind, all of them: an axis that is not here cannot be swept. */
const fullAxes: Readonly<Record<SweepKind, Axes>> = {
  embeddings: {
    size: [500, 1_000, 2_000, 5_000, 10_000],
    batch: [1, 5, 10, 20, 32, 64],
    concurrency: [1, 2, 3, 4, 5],
  },
  chat: { inputTokens: [128, 512, 2_048], outputTokens: [32, 128], concurrency: [1, 2, 4] },
  image: { imageSize: [320, 640, 1_280, 1_920], concurrency: [1, 2, 4] },
  pdf: { dpi: [72, 150, 300], concurrency: [1, 2, 4] },
};

const quickAxes: Readonly<Record<SweepKind, Axes>> = {
  embeddings: { size: [300, 1_000, 4_000], batch: [1, 8, 32], concurrency: [1, 2, 4] },
  chat: { inputTokens: [128, 512], outputTokens: [16], concurrency: [1, 2] },
  image: { imageSize: [640, 1_280], concurrency: [1, 2] },
  pdf: { dpi: [72, 150], concurrency: [1, 2] },
};

/** The axes that a kind of sweep has. */
export function axesOf(kind: SweepKind): readonly AxisName[] {
  return axisNames.filter((axis) => axis in fullAxes[kind]);
}

/**
 * The cases of a sweep. Embeddings have a grid of size x batch with one user, and a series over the number of users on
 * three of its configurations: 5 x 6 + 3 x 5 = 45 in full, 3 x 3 + 3 x 3 = 18 with `quick`. The three settings with one user that are
 * in both are measured in both, so that a series stands on its own and the difference between the two says how far
 * figures can be trusted. Where concurrency was named, and for everything else, it is the product of all axes. Throws
 * USAGE where nothing is left.
 */
export function createMatrix(choice: MatrixChoice): SweepMatrix {
  const { kind, quick, maxConcurrency = Infinity, maxSize = Infinity } = choice;
  const own = Object.keys(choice.axes).length > 0;
  const limits: Partial<Record<AxisName, number>> = {
    concurrency: maxConcurrency,
    size: maxSize,
    imageSize: maxSize,
  };
  const axes: Partial<Record<AxisName, readonly number[]>> = {};
  for (const axis of axesOf(kind)) {
    if (choice.without?.includes(axis) === true) continue;
    const values = choice.axes[axis] ?? (quick ? quickAxes : fullAxes)[kind][axis] ?? [];
    const most = limits[axis] ?? Infinity;
    const kept = [...new Set(values)].filter((value) => value <= most).toSorted((a, b) => a - b);
    if (kept.length === 0)
      throw new WeirError(
        "USAGE",
        `nothing is left to sweep: expected a value of ${axis} of at most ${most}, got ${values.join(", ")}. Raise the limit, or name smaller values.`,
      );
    axes[axis] = kept;
  }
  const series = kind === "embeddings" && choice.axes.concurrency === undefined;
  const cases = series ? createSeries(axes) : createProduct(axes, "grid");
  return { name: own ? "own" : quick ? "quick" : "full", kind, axes, cases };
}

function createSeries(axes: Axes): SweepCase[] {
  const levels = axes.concurrency!;
  const scaling = chooseConfigurations(axes.size!, axes.batch!).flatMap((settings) =>
    createProduct({ ...toAxes(settings), concurrency: levels }, "scaling"),
  );
  // With nobody beside the one user the series would only say again what the grid says.
  return [...createProduct({ ...axes, concurrency: [1] }, "grid"), ...(levels.length > 1 ? scaling : [])];
}

/**
 * Where more users are tried: single texts of about 1,000 characters (what a search box sends), short texts in large
 * batches (what an import sends), long texts in small ones.
 */
function chooseConfigurations(sizes: readonly number[], batches: readonly number[]): SweepSettings[] {
  const chosen = [
    { size: nearest(sizes, 1_000), batch: nearest(batches, 1) },
    { size: nearest(sizes, 500), batch: nearest(batches, 32) },
    { size: nearest(sizes, 5_000), batch: nearest(batches, 5) },
  ];
  return [...new Map(chosen.map((settings) => [keyOf(settings), settings])).values()];
}

/** The value that is nearest by ratio; the smaller of two. */
export function nearest(values: readonly number[], wanted: number): number {
  const distance = (value: number): number => Math.abs(Math.log(value / wanted));
  return values.reduce((best, value) => (distance(value) < distance(best) ? value : best));
}

function createProduct(axes: Axes, series: SweepCase["series"]): SweepCase[] {
  let all: SweepSettings[] = [{}];
  for (const axis of axisNames) {
    const values = axes[axis];
    if (values !== undefined)
      all = all.flatMap((settings) => values.map((value) => ({ ...settings, [axis]: value })));
  }
  return all.map((settings) => ({ id: `${series} ${keyOf(settings)}`, series, settings }));
}

function toAxes(settings: SweepSettings): Axes {
  return Object.fromEntries(Object.entries(settings).map(([axis, value]) => [axis, [value]]));
}
