import type { Option } from "commander";
import { createFlags, type FlagLine } from "../run/create-flags.ts";
import { createRunOptions, type RunFlags } from "../run/run-flags.ts";

/** What a single run is told and a search decides by itself. */
type RunOnly =
  | "users"
  | "clients"
  | "concurrent"
  | "rate"
  | "ramp"
  | "spike"
  | "replay"
  | "duration"
  | "requests"
  | "stopFailures"
  | "stopFailuresInARow"
  | "stopErrorRate"
  | "preset"
  | "listPresets";

/** The flags of `weir capacity` as they were written. */
export interface CapacityFlags extends Omit<RunFlags, RunOnly> {
  readonly of?: string | undefined;
  readonly minUsers?: string | undefined;
  readonly maxUsers?: string | undefined;
  readonly minRate?: string | undefined;
  readonly maxRate?: string | undefined;
  readonly probeDuration?: string | undefined;
  readonly maxProbes?: string | undefined;
  readonly resolution?: string | undefined;
}

const runOnly: ReadonlySet<string> = new Set<RunOnly>([
  "users",
  "clients",
  "concurrent",
  "rate",
  "ramp",
  "spike",
  "replay",
  "duration",
  "requests",
  "stopFailures",
  "stopFailuresInARow",
  "stopErrorRate",
  "preset",
  "listPresets",
]);

/** Flags of a run that mean something else here. */
const worded: readonly FlagLine[] = [
  ["--warmup <time>", "load before the measured part of each probe (default: 2s)"],
  ["--arrivals <process>", "with --of rate: poisson, constant or gamma:SHAPE (default: poisson)"],
  [
    "--slo <limit>",
    'what has to hold: "ttft.p95 < 800ms", "response.p95 < 2s", "errors < 1%"; repeatable; errors < 1% holds where nothing else is said of them (default: that, and p95 of the first token, or of the response, within 3 times what one user gets)',
    "repeatable",
  ],
];

const searchFlags: readonly FlagLine[] = [
  ["--of <what>", "what is counted: users, or rate: requests per second, whoever waits (default: users)"],
  ["--min-users <number>", "where the search begins; fewer are taken to be held (default: 1)"],
  ["--max-users <number>", "where it ends if nothing is missed (default: 10000)"],
  ["--min-rate <rate>", "with --of rate: where the search begins (default: 1/s)"],
  ["--max-rate <rate>", "with --of rate: where it ends if nothing is missed (default: 100000/s)"],
  [
    "--probe-duration <time>",
    "measured part of a probe; longer where an answer takes longer than a sixth of it (default: 10s)",
  ],
  ["--resolution <share>", "how near last pass and first fail are to be to each other (default: 5%)"],
  ["--max-probes <number>", "probes at most (default: 2 log2(answer) + 6: 12 for 8 users, 21 for 200)"],
];

export function createCapacityOptions(): Option[] {
  const own = worded.map(([flag]) => /--[a-z-]+/.exec(flag)![0]);
  const shared = createRunOptions().filter(
    (option) => !runOnly.has(option.attributeName()) && !own.includes(option.long ?? ""),
  );
  const [warmup, arrivals, slo] = worded;
  return [
    ...createFlags("What is looked for:", [slo!, ...searchFlags]),
    ...shared,
    ...createFlags("When it is sent:", [arrivals!]),
    ...createFlags("How long:", [warmup!]),
  ];
}
