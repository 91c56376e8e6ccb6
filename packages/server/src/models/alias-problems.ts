/** Ollama's clients write `NAME:latest` where they mean `NAME`. */
export function withoutLatest(name: string): string {
  return name.replace(/:latest$/, "");
}

/**
 * What is wrong with other names of models: circles, each once whoever leads into it, and, where `models` are given, names
 * that in the end stand for none of them.
 */
export function describeAliasProblems(
  aliases: Readonly<Record<string, string>>,
  models?: readonly string[],
): readonly string[] {
  const targets = new Map(
    Object.entries(aliases).map(([alias, name]) => [withoutLatest(alias), withoutLatest(name)]),
  );
  const known = models && new Set(models.map(withoutLatest));
  const inCircles = new Set<string>();
  function describeCircle(way: readonly string[], back: string): string[] {
    if (inCircles.has(back)) return [];
    const circle = way.slice(way.indexOf(back));
    for (const name of circle) inCircles.add(name);
    const served = models === undefined ? "" : ` (${models.join(", ")})`;
    const got = [...circle, back].join(" -> ");
    return [
      `--alias: expected names that in the end stand for a model, got the circle ${got}. Let ${circle.length === 1 ? "it" : "one of them"} stand for a model that is served${served}, or leave ${circle.length === 1 ? "it" : "them"} out.`,
    ];
  }
  return Object.entries(aliases).flatMap(([alias, model]) => {
    const seen = new Set([withoutLatest(alias)]);
    let name = withoutLatest(model);
    while (known?.has(name) !== true) {
      if (seen.has(name)) return describeCircle([...seen], name);
      seen.add(name);
      const next = targets.get(name);
      if (next !== undefined) name = next;
      else if (known === undefined) return [];
      else {
        const expected = `expected NAME=MODEL with a model that is served (${models!.join(", ")})`;
        return [`--alias: ${expected}, got ${JSON.stringify(`${alias}=${model}`)}.`];
      }
    }
    return [];
  });
}
