/** Prints whether a figure is as wanted; the bench ends with 1 where one is not. */
export function printVerdict(
  what: string,
  got: number,
  wanted: { readonly most: number } | { readonly least: number },
  unit = "",
): void {
  const [word, limit] = "most" in wanted ? ["at most", wanted.most] : ["at least", wanted.least];
  const held = "most" in wanted ? got <= limit : got >= limit;
  const ending = unit === "" ? "" : ` ${unit}`;
  process.stdout.write(
    `${held ? "held" : "MISSED"}: ${what} ${got.toFixed(3)}${ending}, wanted ${word} ${limit}${ending}\n`,
  );
  if (!held) process.exitCode = 1;
}
