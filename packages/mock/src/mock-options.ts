import { WeirError } from "@weir/protocol";

/** When the mock holds everything back. */
export type Stall =
  /** For `forMs` at every full `everyMs` since the start nothing leaves; what was due leaves when the stall ends. */
  | { readonly kind: "periodic"; readonly forMs: number; readonly everyMs: number }
  /** This share of answers halts for `forMs` half way through. */
  | { readonly kind: "random"; readonly forMs: number; readonly rate: number };

/** A server that holds up to a point and not beyond. */
export interface Cliff {
  /** Answers under way at once that it holds. Whole number >= 1. */
  readonly holds: number;
  /** An answer that begins while more are under way takes so many times as long. At least 1. */
  readonly factor: number;
}

/** A mock server in numbers. What two runs with the same options and seed send, and when, is the same. */
export interface MockOptions {
  /** Address to listen on. @default "127.0.0.1" */
  readonly host: string;
  /** Port to listen on; 0 picks a free one. @default 0 */
  readonly port: number;
  /** Name of the model that it lists. Requests may name any. @default "mock" */
  readonly model: string;
  /** From a request's arrival (or from when it got its slot) to its first token. @default 50 */
  readonly ttftMs: number;
  /** Between one chunk and the next. @default 20 */
  readonly gapMs: number;
  /** Each chunk is due up to so much earlier or later, evenly spread, its order kept. @default 0 */
  readonly jitterMs: number;
  /** Chunks of text; undefined takes them from the request's longest answer, or 50. A request may ask for fewer. */
  readonly chunks: number | undefined;
  /** Whole number >= 1. @default 1 */
  readonly tokensPerChunk: number;
  /** Chunks of reasoning before the text. @default 0 */
  readonly reasoningChunks: number;
  /** Open streams at once with a delta that has no token. False puts the role into the first token's. @default true */
  readonly roleOnlyDelta: boolean;
  /** Turns that call a tool, where the request has tools, before one that answers in text. @default 0 */
  readonly toolCalls: number;
  /** Send each chunk in two writes of the socket, 1 ms apart, cut anywhere. The second is the one on time. @default false */
  readonly split: boolean;
  /** From arrival to the answer of embeddings and uploads. @default the same as ttftMs */
  readonly serviceMs: number | undefined;
  /** Values of an embedding. @default 384 */
  readonly dimensions: number;
  /** Requests that are answered at a time. @default unlimited */
  readonly slots: number;
  /** Requests that may wait for a slot; above that they are refused. @default unlimited */
  readonly queue: number;
  /** Status of a refusal; undefined is the dialect's own: 529 for Anthropic, else 503. */
  readonly refusalStatus: 429 | 503 | 529 | undefined;
  /** Share of requests answered with 500, from 0 to 1. @default 0 */
  readonly errorRate: number;
  /** Share of streams whose connection is cut half way. @default 0 */
  readonly cutRate: number;
  /** Share of streams that end half way with an error event. @default 0 */
  readonly failRate: number;
  readonly stall: Stall | undefined;
  /** All times of all answers are longer by this share: 0.1 makes 50 ms 55 ms. @default 0 */
  readonly slowdownRate: number;
  /** Times of an answer are longer by this share for every other answer that is under way when it begins. @default 0 */
  readonly slopeRate: number;
  readonly cliff: Cliff | undefined;
  /** Times of an answer are multiplied by a log-normal draw with median 1 and this spread of its logarithm. @default 0 */
  readonly noiseRate: number;
  /** Decides jitter, noise, cuts and who fails. @default 1 */
  readonly seed: number;
  /** Watch the clock in a loop for the last 2 ms before something is due: exact, for a core's time. @default true */
  readonly spin: boolean;
}

export const defaultMockOptions: Readonly<MockOptions> = Object.freeze({
  host: "127.0.0.1",
  port: 0,
  model: "mock",
  ttftMs: 50,
  gapMs: 20,
  jitterMs: 0,
  chunks: undefined,
  tokensPerChunk: 1,
  reasoningChunks: 0,
  roleOnlyDelta: true,
  toolCalls: 0,
  split: false,
  serviceMs: undefined,
  dimensions: 384,
  slots: Number.POSITIVE_INFINITY,
  queue: Number.POSITIVE_INFINITY,
  refusalStatus: undefined,
  errorRate: 0,
  cutRate: 0,
  failRate: 0,
  stall: undefined,
  slowdownRate: 0,
  slopeRate: 0,
  cliff: undefined,
  noiseRate: 0,
  seed: 1,
  spin: true,
});

/** Fills in what is missing. Throws USAGE with every problem at once. */
export function resolveMockOptions(given: Partial<MockOptions>): Readonly<MockOptions> {
  const options = { ...defaultMockOptions, ...given };
  const problems: string[] = [];
  const check = (name: keyof MockOptions, holds: boolean, expected: string): void => {
    if (!holds) problems.push(`${name}: expected ${expected}, got ${JSON.stringify(options[name])}.`);
  };
  const isTime = (value: number): boolean => value >= 0 && Number.isFinite(value);
  const isRate = (value: number): boolean => value >= 0 && value <= 1;
  const isWhole = (value: number, least: number): boolean =>
    value >= least && (Number.isSafeInteger(value) || value === Number.POSITIVE_INFINITY);
  for (const name of ["ttftMs", "gapMs", "jitterMs"] as const)
    check(name, isTime(options[name]), "milliseconds of at least 0");
  check("serviceMs", isTime(options.serviceMs ?? 0), "milliseconds of at least 0");
  for (const name of ["errorRate", "cutRate", "failRate"] as const)
    check(name, isRate(options[name]), "a share from 0 to 1");
  for (const name of ["slowdownRate", "slopeRate", "noiseRate"] as const)
    check(name, isTime(options[name]), "a share of at least 0");
  for (const name of ["tokensPerChunk", "dimensions", "slots"] as const)
    check(name, isWhole(options[name], 1), "a whole number of at least 1");
  for (const name of ["toolCalls", "reasoningChunks", "queue"] as const)
    check(name, isWhole(options[name], 0), "a whole number of at least 0");
  check("chunks", isWhole(options.chunks ?? 1, 1), "a whole number of at least 1");
  const { stall } = options;
  if (stall?.kind === "periodic")
    check("stall", stall.forMs > 0 && stall.everyMs > stall.forMs, "a stall shorter than its period");
  if (stall?.kind === "random") check("stall", isRate(stall.rate), "a share of requests from 0 to 1");
  const { cliff } = options;
  if (cliff !== undefined)
    check(
      "cliff",
      isWhole(cliff.holds, 1) && cliff.factor >= 1,
      "answers of at least 1, a factor of at least 1",
    );
  if (problems.length > 0) throw new WeirError("USAGE", problems.join("\n"));
  return Object.freeze(options);
}
