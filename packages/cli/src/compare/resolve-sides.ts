import type { RunFlags } from "../run/run-flags.ts";
import type { FlagReader } from "../flags/flag-reader.ts";
import { parseRequestAddress } from "../run/workloads/request-address.ts";
import type { CompareFlags } from "./compare-flags.ts";

interface PlacedSide {
  /** Of one that is started only the path counts. */
  readonly url: string;
  readonly start: string | undefined;
}

interface Sides {
  readonly a: PlacedSide;
  readonly b: PlacedSide;
  readonly against: "itself" | "another";
  /** One server is started for both. */
  readonly sharedServer: boolean;
}

const startedHost = "http://127.0.0.1";

/**
 * Where the two sides are. Contradictions are noted, and undefined is given where anything was.
 * @param changed what B has of its own among the flags of a run
 */
export function resolveSides(
  [first, second]: readonly [string | undefined, string | undefined],
  flags: CompareFlags,
  changed: readonly (keyof RunFlags)[],
  read: FlagReader,
): Sides | undefined {
  const { start, startB, toggleA, toggleB, aa = false, unix } = flags;
  const problems = read.problems;
  const differs = changed.length > 0 || toggleA !== undefined || toggleB !== undefined;
  if (aa && (second !== undefined || startB !== undefined || differs))
    read.note(
      "--aa compares a server with itself, but there is something of B's own: leave one of them out.",
    );
  if (flags.oneAtATime === true && start === undefined && startB === undefined)
    read.note("--one-at-a-time is about servers that are started here: add --start and --start-b.");
  const paths = notePaths([first, second], flags, read);
  if (read.problems > problems) return undefined;
  const a = toSideA(first, start, unix, paths);
  if (a === undefined) {
    read.note(
      "the URL of the server is missing, e.g. weir compare http://127.0.0.1:8787 http://127.0.0.1:8788. weir mock starts one to try.",
    );
    return undefined;
  }
  const b = toSideB(a, second, startB, paths);
  const isElsewhere = b.url !== a.url || b.start !== a.start;
  if (!differs && !isElsewhere && !aa && second === undefined && start === undefined) {
    read.note(
      "there is nothing to compare with: name a second URL, say what is different with a flag that ends in -b (--model-b, --header-b, --toggle-b), or ask with --aa how small a difference can be seen here.",
    );
    return undefined;
  }
  return {
    a,
    b,
    against: differs || isElsewhere ? "another" : "itself",
    // The same server under two settings is one; two that are to be alike are two, so that what differs between two
    // starts of the same program is seen as well.
    sharedServer: start !== undefined && startB === undefined && second === undefined && differs,
  };
}

function toSideA(
  first: string | undefined,
  start: string | undefined,
  unix: string | undefined,
  path: string,
): PlacedSide | undefined {
  if (start !== undefined) return { url: startedHost + path, start };
  // A socket has one server behind it; anything else has to be named.
  const url = first ?? (unix === undefined ? undefined : "http://localhost");
  return url === undefined ? undefined : { url, start: undefined };
}

function toSideB(
  a: PlacedSide,
  second: string | undefined,
  startB: string | undefined,
  path: string,
): PlacedSide {
  if (startB !== undefined) return { url: startedHost + path, start: startB };
  return second === undefined ? a : { url: second, start: undefined };
}

/** The path of servers that are started: given in the place of a URL, or that of the one that is there. */
function notePaths(
  [first, second]: readonly [string | undefined, string | undefined],
  { start, startB }: CompareFlags,
  read: FlagReader,
): string {
  const isPath = (text: string): boolean => text.startsWith("/");
  if (second !== undefined && startB !== undefined)
    read.note(`--start-b starts the server of B, so it has no URL, got ${second}. Leave one of them out.`);
  if (start !== undefined && startB !== undefined && first !== undefined && !isPath(first))
    read.note(
      `--start starts the server of A, so it has no URL, got ${first}. Leave it out, or give a path such as /v1/items.`,
    );
  if (start !== undefined && startB === undefined && first !== undefined && !isPath(first))
    read.note(`--start starts the server of A, so it has no URL, got ${first}. To start B, say --start-b.`);
  if (start === undefined && first !== undefined && isPath(first))
    read.note(`expected a URL or the folder of a run, got ${first}, which is neither.`);
  if (first === undefined) return "";
  if (isPath(first)) return first;
  return startB === undefined ? "" : (read.attempt(() => parseRequestAddress(first).path) ?? "");
}
