import path from "node:path";
import { WeirError } from "@weir/protocol";
import { startOf, type StoredRun } from "./list-runs.ts";

/**
 * The run that a word on a command line means: `latest`, which can be read, the beginning of an id, of its last part or of a folder's name, or
 * a folder's path. Throws USAGE where it means none, or several.
 * @param runs newest first, children among them
 */
export function findRun(runs: readonly StoredRun[], word: string): StoredRun {
  if (word === "latest") {
    const whole = runs.filter(({ parent }) => parent === null);
    // One that is going on has no record yet.
    const latest = whole.find(({ kind }) => kind === "readable") ?? whole[0];
    if (latest === undefined) throw new WeirError("USAGE", "there are no runs yet. weir run makes one.");
    return latest;
  }
  const folder = path.resolve(word);
  const exact = runs.filter((run) => run.id === word || run.folder === folder);
  const found = exact.length > 0 ? exact : startingWith(runs, word);
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0 && word !== "") return only;
  if (only === undefined || word === "")
    throw new WeirError(
      "USAGE",
      `there is no run ${JSON.stringify(word)}. weir runs lists those that there are.`,
    );
  const some = found.slice(0, 5).map((run) => `${run.id} (${startOf(run) || "no time"}, ${run.folder})`);
  const more = found.length > some.length ? ` and ${found.length - some.length} more` : "";
  throw new WeirError(
    "USAGE",
    `${JSON.stringify(word)} means ${found.length} runs: ${some.join(", ")}${more}. Say more of the id.`,
  );
}

/** Of a measurement and its parts, which began within minutes of it, the measurement is meant: the list shows nothing else. */
function startingWith(runs: readonly StoredRun[], word: string): readonly StoredRun[] {
  const found = runs.filter(
    (run) =>
      run.id.startsWith(word) ||
      run.id.slice(run.id.lastIndexOf("-") + 1).startsWith(word) ||
      path.basename(run.folder).startsWith(word),
  );
  const whole = found.filter(({ parent }) => parent === null);
  return whole.length > 0 ? whole : found;
}
