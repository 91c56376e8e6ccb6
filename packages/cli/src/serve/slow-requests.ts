import type { SlowRequestLimits } from "@weir/server";
import { parseDuration } from "../flags/parse-duration.ts";
import { listOf, type OptionKind } from "./option-kinds.ts";

type JobKind = keyof NonNullable<SlowRequestLimits["byJob"]>;

// Written here, as the server's list would load the server for `--help`; the compiler keeps the two equal.
const jobKinds = Object.keys({ embed: true, "embed-file": true, rank: true, chat: true } satisfies Record<
  JobKind,
  true
>) as JobKind[];

const defaultSlowMs = 100;

const slowLimit: OptionKind<string> = {
  placeholder: "[job=]time",
  list: false,
  expected: `a duration such as 500ms, 30s or 2m, or one for a kind of job such as embed=200ms (kinds: ${jobKinds.join(", ")})`,
  read: (written) =>
    typeof written === "string" && parseSlow([written]) !== undefined ? written : undefined,
};

/** `100ms`, `embed=200ms`, or several of them with commas between. */
export const slowLimits: OptionKind<readonly string[]> = listOf(slowLimit);

/** The last one wins where two are about the same. Throws RangeError for what {@link slowLimits} does not let through. */
export function resolveSlowRequests(written: readonly string[]): SlowRequestLimits {
  const limits = parseSlow(written);
  if (limits === undefined) throw new RangeError(`expected ${slowLimit.expected}, got ${written.join(",")}`);
  return limits;
}

function parseSlow(written: readonly string[]): SlowRequestLimits | undefined {
  let defaultMs = defaultSlowMs;
  const byJob: Partial<Record<JobKind, number>> = {};
  for (const part of written.flatMap((text) => text.split(","))) {
    const [, name, time] = /^(?:([^=]*)=)?(.*)$/.exec(part.trim())!;
    const ms = parseDuration(time!);
    const job = jobKinds.find((kind) => kind === name);
    if (ms === undefined || (name !== undefined && job === undefined)) return undefined;
    if (job === undefined) defaultMs = ms;
    else byJob[job] = ms;
  }
  return { defaultMs, byJob };
}
