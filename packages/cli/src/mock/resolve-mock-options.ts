import { resolveMockOptions, type Cliff, type MockOptions, type Stall } from "@weir/mock";
import { FlagReader } from "../flags/flag-reader.ts";
import { parseDuration } from "../flags/parse-duration.ts";

/** The flags of `weir mock` as they were written. */
export interface MockFlags {
  readonly host?: string;
  readonly port?: string;
  readonly model?: string;
  readonly ttft?: string;
  readonly gap?: string;
  readonly jitter?: string;
  readonly chunks?: string;
  readonly tokensPerChunk?: string;
  readonly reasoningChunks?: string;
  readonly roleDelta?: boolean;
  readonly toolCalls?: string;
  /** A string where it comes from the environment. */
  readonly split?: boolean | string;
  readonly serviceTime?: string;
  readonly dimensions?: string;
  readonly slots?: string;
  readonly queue?: string;
  readonly refuseWith?: string;
  readonly errorRate?: string;
  readonly cutRate?: string;
  readonly failRate?: string;
  readonly stall?: string;
  readonly slowdown?: string;
  readonly slope?: string;
  readonly cliff?: string;
  readonly noise?: string;
  readonly seed?: string;
  readonly spin?: boolean;
}

const refusals = { "503": 503, "429": 429, "529": 529, dialect: undefined } as const;

/**
 * Every problem in one USAGE error: expected, got, next step.
 * @param ambient names of flags that come from the environment
 */
export function resolveMockFlags(
  flags: MockFlags,
  ambient: ReadonlySet<string> = new Set(),
): Readonly<MockOptions> {
  const read = new FlagReader(ambient);
  const time = <Absent extends number | undefined>(name: string, given: string | undefined, absent: Absent) =>
    read.duration(name, given, { leastMs: 0, absent });
  const whole = (name: string, given: string | undefined, least: number, absent: number): number =>
    read.whole(name, given, { least, absent });
  const share = (name: string, given: string | undefined, most = 1): number => {
    const value = given === undefined ? 0 : parseShare(given, most);
    if (value === undefined)
      read.note(`--${name}: expected a share such as 1% or 0.01, got ${JSON.stringify(given)}.`);
    return value ?? 0;
  };
  const stall = flags.stall === undefined ? undefined : parseStall(flags.stall);
  if (flags.stall !== undefined && stall === undefined)
    read.note(
      `--stall: expected TIME/PERIOD such as 1s/10s, or TIME/SHARE such as 1s/5%, got "${flags.stall}".`,
    );
  const cliff = flags.cliff === undefined ? undefined : parseCliff(flags.cliff);
  if (flags.cliff !== undefined && cliff === undefined)
    read.note(
      `--cliff: expected NUMBER/FACTOR such as 50/10x, got "${flags.cliff}". To refuse instead use --slots 50 --queue 0.`,
    );
  const refusal = read.oneOf("refuse-with", flags.refuseWith, ["503", "429", "529", "dialect"], "dialect");
  const options = {
    host: flags.host ?? "127.0.0.1",
    port: read.whole("port", flags.port, { least: 0, most: 65_535, absent: 8_787 }),
    model: flags.model ?? "mock",
    ttftMs: time("ttft", flags.ttft, 50),
    gapMs: time("gap", flags.gap, 20),
    jitterMs: time("jitter", flags.jitter, 0),
    chunks: flags.chunks === undefined ? undefined : whole("chunks", flags.chunks, 1, 1),
    tokensPerChunk: whole("tokens-per-chunk", flags.tokensPerChunk, 1, 1),
    reasoningChunks: whole("reasoning-chunks", flags.reasoningChunks, 0, 0),
    roleOnlyDelta: flags.roleDelta ?? true,
    toolCalls: whole("tool-calls", flags.toolCalls, 0, 0),
    split: flags.split !== undefined && flags.split !== false,
    serviceMs: time("service-time", flags.serviceTime, undefined),
    dimensions: whole("dimensions", flags.dimensions, 1, 384),
    slots: whole("slots", flags.slots, 1, Number.POSITIVE_INFINITY),
    queue: whole("queue", flags.queue, 0, Number.POSITIVE_INFINITY),
    refusalStatus: refusals[refusal],
    errorRate: share("error-rate", flags.errorRate),
    cutRate: share("cut-rate", flags.cutRate),
    failRate: share("fail-rate", flags.failRate),
    stall,
    slowdownRate: share("slowdown", flags.slowdown, Number.POSITIVE_INFINITY),
    slopeRate: share("slope", flags.slope, Number.POSITIVE_INFINITY),
    cliff,
    noiseRate: share("noise", flags.noise, Number.POSITIVE_INFINITY),
    seed: whole("seed", flags.seed, 0, 1),
    spin: flags.spin ?? true,
  };
  read.end();
  return resolveMockOptions(options);
}

/** `1%` or `0.01` as 0.01; undefined where it is something else. */
function parseShare(text: string, most = 1): number | undefined {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim()) ?? [];
  if (digits === undefined) return undefined;
  const value = Number(digits) / (percent === "%" ? 100 : 1);
  return value <= most ? value : undefined;
}

function parseCliff(text: string): Cliff | undefined {
  const [, holds, factor] = /^([1-9]\d*)\/(\d+(?:\.\d+)?)x?$/.exec(text.trim()) ?? [];
  if (holds === undefined || Number(factor) < 1) return undefined;
  return { holds: Number(holds), factor: Number(factor) };
}

function parseStall(text: string): Stall | undefined {
  const [time = "", of = "", ...rest] = text.split("/");
  const forMs = parseDuration(time);
  if (forMs === undefined || rest.length > 0) return undefined;
  const everyMs = parseDuration(of);
  if (everyMs !== undefined) return everyMs > forMs ? { kind: "periodic", forMs, everyMs } : undefined;
  const rate = of.endsWith("%") ? parseShare(of) : undefined;
  return rate === undefined ? undefined : { kind: "random", forMs, rate };
}
