import { Option } from "commander";
import { createFlags, type FlagLine } from "../run/create-flags.ts";
import { createFileOptions, type FileFlags } from "./file-flags.ts";
import { createRunOptions, type RunFlags } from "../run/run-flags.ts";

/** The flags of `weir compare` as they were written: those of a run, their twins for B, and its own. */
export interface CompareFlags extends RunFlags, FileFlags {
  readonly start?: string | undefined;
  readonly startB?: string | undefined;
  readonly toggleA?: string | undefined;
  readonly toggleB?: string | undefined;
  readonly oneAtATime?: boolean | undefined;
  readonly aa?: boolean | undefined;
  readonly metric?: string | undefined;
  readonly toFailure?: boolean | undefined;
  readonly delta?: string | undefined;
  readonly minRounds?: string | undefined;
  readonly maxRounds?: string | undefined;
  readonly roundDuration?: string | undefined;
  readonly junit?: string | undefined;
}

/** Flags of a run that B may have another value of: what is sent and how, but not when, which both have in common. */
const twins = [
  "model",
  "dialect",
  "header",
  "keyEnv",
  "unix",
  "http2",
  "batch",
  "outputTokens",
  "temperature",
  "system",
  "method",
  "body",
  "bodyFile",
] as const satisfies readonly (keyof RunFlags)[];

const sidesHeading = "The two sides:";

/** The flags of `weir compare`, heading by heading. */
export function createCompareOptions(): Option[] {
  const ofRun = createRunOptions();
  return [
    ...createFlags(sidesHeading, [
      [
        "--start <command>",
        'starts the server of A, e.g. "node old/server.js --port {port}"; {port} is filled in, the URL is then left out or only a path',
      ],
      ["--start-b <command>", "starts the server of B"],
      [
        "--one-at-a-time",
        "start servers for each half, where memory holds only one of them (default: both stay, one is under load)",
      ],
      [
        "--toggle-a <command>",
        "makes the server A before each of its halves; it finds the address in WEIR_URL",
      ],
      ["--toggle-b <command>", "makes the server B"],
      ["--aa", "compare a server with itself: how small a difference can be seen here"],
    ]),
    ...createTwins(ofRun),
    ...createFlags("Rounds:", [
      [
        "--metric <name>",
        "what the verdict is on: ttft.p50, response.p95, service.mean, tpot.p50, ...; requests, units or tokens a second (default: ttft.p50 of streams, else response.p50)",
      ],
      [
        "--to-failure",
        "each half is a ramp (--ramp) that ends where the side fails (--stop-failures, default 5; --stop-error-rate): compared are users at failure and requests until it",
      ],
      ["--delta <percent>", "least change that matters (default: 5%)"],
      ["--min-rounds <number>", "nothing is decided before so many rounds (default: 4)"],
      ["--max-rounds <number>", "rounds are added until decided, but not more than these (default: 40)"],
      [
        "--round-duration <time>",
        "length of each half of a round, after its warm-up of 1s; the same as --duration (default: what 100 requests of the slower side take, 3s to 30s)",
      ],
    ]),
    ...createFileOptions(),
    ...ofRun,
    // Of one command line, not of a whole session: no variable.
    new Option("--junit <file>", "write the verdict as JUnit XML for CI systems").helpGroup("Results:"),
  ];
}

// `--model-b <name>` of `--model <name>`.
function createTwins(options: readonly Option[]): Option[] {
  return twins.flatMap((name) => {
    const option = options.find((each) => each.attributeName() === name);
    if (option?.long === undefined || option.long === null) return [];
    const value = option.flags.replace(option.long, "").trim();
    const flag = `${option.long}-b${value === "" ? "" : ` ${value}`}`;
    const description = `${option.long} of B where it is another`;
    const line: FlagLine =
      option.parseArg === undefined ? [flag, description] : [flag, description, "repeatable"];
    return createFlags(sidesHeading, [line]);
  });
}

/** Flags with what B has of its own put in the place of what both have. `changed` names what it has. */
export function toFlagsOfB(flags: CompareFlags): {
  readonly flags: CompareFlags;
  readonly changed: readonly (keyof RunFlags)[];
} {
  const own: Readonly<Record<string, unknown>> = { ...flags };
  const changed = twins.filter((name) => own[`${name}B`] !== undefined);
  const filled: Record<string, unknown> = { ...flags };
  for (const name of changed) filled[name] = own[`${name}B`];
  if (changed.includes("header"))
    filled["header"] = mergeHeaders(flags.header, own["headerB"] as readonly string[]);
  // A request has one body: that of B takes the place of A's, however each of them is given.
  if (changed.includes("body")) delete filled["bodyFile"];
  else if (changed.includes("bodyFile")) delete filled["body"];
  return { flags: filled, changed };
}

// What both send is sent by B as well, unless it sends something else under the same name.
function mergeHeaders(ofBoth: readonly string[] = [], ofB: readonly string[]): readonly string[] {
  const nameOf = (line: string): string => line.split(":")[0]!.trim().toLowerCase();
  const replaced = new Set(ofB.map(nameOf));
  return [...ofBoth.filter((line) => !replaced.has(nameOf(line))), ...ofB];
}
