import { serveOptionNames, toFlag } from "./serve-options.ts";

/** What is wrong with words of the command line that are no option: one sentence each, with what may have been meant. */
export function describeStrays(strays: readonly string[]): readonly string[] {
  return strays.flatMap((stray, index) => {
    if (!stray.startsWith("-") && strays[index - 1]?.startsWith("-") === true) return []; // Its value.
    if (!stray.startsWith("-"))
      return `expected options alone, got ${JSON.stringify(stray)}. A model is given as --model ${stray}.`;
    const flag = stray.replace(/=.*$/s, "");
    const meant = findNearest(flag);
    const next = meant === undefined ? "weir serve --help lists the options." : `Did you mean ${meant}?`;
    return `${flag}: expected an option of weir serve, got one that there is not. ${next}`;
  });
}

function findNearest(flag: string): string | undefined {
  const flags = [...serveOptionNames.map(toFlag), "--config", "--help"];
  const ranked = flags
    .map((known) => ({ known, distance: editDistance(flag, known) }))
    .toSorted((a, b) => a.distance - b.distance);
  const [nearest] = ranked;
  // Two letters are a slip, half of a short name is another word.
  return nearest !== undefined && nearest.distance <= Math.min(2, (flag.length - 2) / 2)
    ? nearest.known
    : undefined;
}

/** Letters to add, take away or replace (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of from.split("").entries()) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column++) {
      const replaced = row[column - 1]! + (letter === to[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[column]! + 1, next[column - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
