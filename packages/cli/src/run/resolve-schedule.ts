import { readFile } from "node:fs/promises";
import { WeirError } from "@weir/protocol";
import {
  createSchedule,
  scheduleLengthMs,
  type ArrivalProcess,
  type Overrun,
  type Schedule,
  type ScheduleSegment,
} from "@weir/stats";
import type { FlagReader } from "../flags/flag-reader.ts";
import {
  parseRamp,
  parseRate,
  parseSpike,
  parseTimestamps,
  type Ramp,
  type Spike,
} from "./schedule-values.ts";
import type { ScheduleFlags } from "./schedule-flags.ts";

export interface ScheduleChoice {
  /** Most users at once; 1 where requests come due without users. */
  readonly users: number;
  readonly schedule: Schedule;
  /** Whether the schedule has a shape over time: a warm-up of our choosing would eat its beginning. */
  readonly shaped: boolean;
  /** Milliseconds to the schedule's own end; Infinity where it goes on as long as the run. */
  readonly lengthMs: number;
  /** Milliseconds until its shape is through and its last level holds; 0 where there is none. */
  readonly shapeMs: number;
  readonly preciseTiming: boolean;
}

/** What the flags come to. Contradictions are noted, and undefined is given where anything was. */
export async function resolveSchedule(
  flags: ScheduleFlags,
  seed: number,
  read: FlagReader,
): Promise<ScheduleChoice | undefined> {
  const problems = read.problems;
  const users = readUsers(flags, read);
  const everyMs = read.duration("pace", flags.pace, { leastMs: 1, absent: undefined });
  const overrun = read.oneOf<Overrun>("overrun", flags.overrun, ["skip", "slip", "queue"], "slip");
  const perSecond = readValue(read, "rate", flags.rate, parseRate, "a rate such as 50/s or 0.5/s");
  const arrivals = readValue(
    read,
    "arrivals",
    flags.arrivals,
    parseArrivals,
    `constant, poisson or gamma:SHAPE with a SHAPE of ${leastShape} or more`,
  );
  const ramp = readValue(read, "ramp", flags.ramp, parseRamp, rampForms);
  const spike = readValue(read, "spike", flags.spike, parseSpike, "LEVEL/LENGTH@START such as 200/10s@30s");
  const ofRate = flags.rate !== undefined || ramp?.ofRate === true;
  noteContradictions(flags, ramp?.ofRate === true, read);
  const { replay } = flags;
  const dueMs =
    replay === undefined ? undefined : await read.attemptAsync(async () => await readReplay(replay));
  // A schedule made of what is wrong would be found wrong once more.
  if (read.problems > problems) return undefined;
  const toSegment = !ofRate ? usersSegment : rateSegment(arrivals ?? { kind: "constant" });
  const segments: readonly ScheduleSegment[] =
    dueMs === undefined
      ? shape(ofRate ? (perSecond ?? 1) : users, ramp, spike, toSegment)
      : [{ kind: "replay", dueMs }];
  const schedule = read.attempt(() =>
    asUsage(() => createSchedule({ seed, segments, pace: toPace(everyMs, overrun) })),
  );
  if (schedule === undefined) return undefined;
  const lengthMs = scheduleLengthMs(schedule);
  return {
    users: Math.max(1, schedule.users),
    schedule,
    shaped: segments.length > 1 || dueMs !== undefined,
    lengthMs,
    shapeMs: lengthMs === Infinity ? lengthOf(segments.slice(0, -1)) : lengthMs,
    preciseTiming: flags.preciseTiming ?? false,
  };
}

const rampForms = "a range such as 10..100/30s or 10..100@5/s of users, 10/s..100/s/30s of a rate";
/** As arrivals have it. */
const leastShape = 0.01;
const mostUsers = 1_000_000;

function noteContradictions(flags: ScheduleFlags, rampOfRate: boolean, read: FlagReader): void {
  const names = (["users", "clients", "concurrent"] as const).filter((name) => flags[name] !== undefined);
  if (names.length > 1)
    read.note(`--${names.join(" and --")} are names of one thing: give one of them, got ${names.length}.`);
  const [users] = names;
  const clash = (a: string, b: string, why: string): void =>
    read.note(`--${a} and --${b} exclude each other: ${why}.`);
  if (users !== undefined && flags.rate !== undefined)
    clash(users, "rate", "users wait for answers, a rate does not; take one of them");
  if (flags.pace !== undefined && flags.rate !== undefined)
    clash("pace", "rate", "a pace is for users, a rate comes due without them; take one of them");
  if (flags.replay !== undefined)
    for (const name of ["rate", "pace", "ramp", "spike"] as const)
      if (flags[name] !== undefined) clash("replay", name, "the file says when requests are due");
  if (flags.replay !== undefined && users !== undefined)
    clash("replay", users, "the file says when requests are due, whoever waits");
  if (flags.ramp !== undefined && users !== undefined)
    clash("ramp", users, "a ramp says how many users there are; leave the number out");
  if (rampOfRate && flags.rate !== undefined)
    clash("ramp", "rate", "this ramp says what the rate is; leave --rate out");
  if (rampOfRate && flags.pace !== undefined)
    clash("pace", "ramp", "a pace is for users, and this ramp is of a rate; take one of them");
  if (flags.arrivals !== undefined && flags.rate === undefined && !rampOfRate)
    read.note("--arrivals needs --rate: it says how requests of a rate are spread. Add --rate 50/s.");
  if (flags.overrun !== undefined && flags.pace === undefined)
    read.note("--overrun needs --pace: without a pace no turn can overrun. Add --pace 20s.");
  const due = rampOfRate || [flags.rate, flags.pace, flags.replay].some((value) => value !== undefined);
  if (flags.preciseTiming === true && !due)
    read.note(
      "--precise-timing needs --rate, --pace or --replay: nothing is due at a time without one of them.",
    );
}

function readUsers(flags: ScheduleFlags, read: FlagReader): number {
  const name =
    (["users", "clients", "concurrent"] as const).find((name) => flags[name] !== undefined) ?? "users";
  return read.whole(name, flags[name], { least: 1, most: mostUsers, absent: 4 });
}

function readValue<Value>(
  read: FlagReader,
  name: string,
  given: string | undefined,
  parse: (text: string) => Value | undefined,
  expected: string,
): Value | undefined {
  if (given === undefined) return undefined;
  const value = parse(given);
  if (value === undefined) read.note(`--${name}: expected ${expected}, got ${JSON.stringify(given)}.`);
  return value;
}

function parseArrivals(text: string): ArrivalProcess | undefined {
  if (text === "constant" || text === "poisson") return { kind: text };
  const [, shape] = /^gamma:(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  return shape === undefined || Number(shape) < leastShape
    ? undefined
    : { kind: "gamma", shape: Number(shape) };
}

async function readReplay(file: string): Promise<readonly number[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WeirError("USAGE", `--replay: expected a file that can be read, got ${file}: ${reason}`, {
      cause: error,
    });
  }
  return parseTimestamps(text, file);
}

type ToSegment = (from: number, to: number, durationMs: number | null) => ScheduleSegment;

const usersSegment: ToSegment = (from, to, durationMs) => ({ kind: "users", from, to, durationMs });

function rateSegment(arrivals: ArrivalProcess): ToSegment {
  return (fromPerSecond, toPerSecond, durationMs) => ({
    kind: "rate",
    fromPerSecond,
    toPerSecond,
    durationMs,
    arrivals,
  });
}

// A ramp first, then the spike: its start counts from the end of the ramp, where the level holds.
function shape(
  level: number,
  ramp: Ramp | undefined,
  spike: Spike | undefined,
  toSegment: ToSegment,
): readonly ScheduleSegment[] {
  const base = ramp?.to ?? level;
  return [
    ...(ramp === undefined ? [] : [toSegment(ramp.from, ramp.to, ramp.durationMs)]),
    ...(spike === undefined || spike.startMs === 0 ? [] : [toSegment(base, base, spike.startMs)]),
    ...(spike === undefined ? [] : [toSegment(spike.level, spike.level, spike.durationMs)]),
    toSegment(base, base, null),
  ];
}

function toPace(
  everyMs: number | undefined,
  overrun: Overrun,
): { everyMs: number; overrun: Overrun } | undefined {
  return everyMs === undefined ? undefined : { everyMs, overrun };
}

function lengthOf(segments: readonly ScheduleSegment[]): number {
  return segments.reduce(
    (sum, segment) => sum + (segment.kind === "replay" ? 0 : (segment.durationMs ?? 0)),
    0,
  );
}

function asUsage<Value>(make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError)
      throw new WeirError("USAGE", `the schedule cannot be: ${error.message}`, { cause: error });
    throw error;
  }
}
