import { startOf, type ListedRun, type StoredRun } from "./list-runs.ts";

/** Which runs are meant: those that everything given is true of. */
export interface RunFilter {
  /** One of them. */
  readonly kinds?: readonly string[];
  /** One of them; `unreadable` means folders that cannot be read. */
  readonly verdicts?: readonly string[];
  /** All of them. */
  readonly tags?: readonly string[];
  /** What a name contains, or, with * or ?, what all of it is like. Case does not matter. */
  readonly name?: string;
  /** What the target's address contains. */
  readonly target?: string;
  /** Begun at this time or later, in milliseconds since 1970. */
  readonly sinceMs?: number;
  /** Begun before this time. */
  readonly beforeMs?: number;
}

/** Those of some runs that a filter means, in their order. Unreadable ones only where the filter asks for no figure. */
export function filterRuns(runs: readonly StoredRun[], filter: RunFilter): StoredRun[] {
  const { kinds, verdicts, tags, name, target, sinceMs, beforeMs } = filter;
  const asksContent = [kinds, tags, name, target].some((each) => each !== undefined);
  const isName = name === undefined ? undefined : toMatcher(name);
  const isMeant = (run: ListedRun): boolean =>
    (kinds === undefined || kinds.includes(String(run.facts["kind"]))) &&
    (verdicts === undefined || verdicts.includes(String(run.facts["verdict"]))) &&
    (tags === undefined || tags.every((tag) => run.notes.tags.includes(tag))) &&
    (isName === undefined || isName(String(run.facts["name"] ?? ""))) &&
    (target === undefined || String(run.facts["url"] ?? "").includes(target));
  return runs.filter((run) => {
    const startMs = Date.parse(startOf(run));
    if (sinceMs !== undefined && !(startMs >= sinceMs)) return false;
    if (beforeMs !== undefined && !(startMs < beforeMs)) return false;
    if (run.kind === "readable") return isMeant(run);
    return !asksContent && (verdicts === undefined || verdicts.includes("unreadable"));
  });
}

function toMatcher(pattern: string): (name: string) => boolean {
  const wanted = pattern.toLowerCase();
  if (!/[*?]/.test(wanted)) return (name) => name.toLowerCase().includes(wanted);
  const source = wanted
    .split(/([*?])/)
    .map((part) =>
      part === "*" ? ".*" : part === "?" ? "." : part.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`),
    )
    .join("");
  const whole = new RegExp(`^${source}$`, "su");
  return (name) => whole.test(name.toLowerCase());
}
