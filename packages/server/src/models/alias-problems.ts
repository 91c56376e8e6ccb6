/** Ollama's clients write `NAME:latest` where they mean `NAME`. */
export function withoutLatest(name: string): string {
  return name.replace(/:latest$/, "");
}

/**
 * What is wrong with other names of models: those that go in a circle and, where `models` are given, those that in the end
 * stand for none of them.
 */
export function describeAliasProblems(
  aliases: Readonly<Record<string, string>>,
  models?: readonly string[],
): readonly string[] {
  const targets = new Map(
    Object.entries(aliases).map(([alias, name]) => [withoutLatest(alias), withoutLatest(name)]),
  );
  const known = models && new Set(models.map(withoutLatest));
  return Object.entries(aliases).flatMap(([alias, model]) => {
    const seen = new Set([withoutLatest(alias)]);
    let name = withoutLatest(model);
    while (known?.has(name) !== true) {
      if (seen.has(name)) return [`--alias: ${[...seen, name].join(" -> ")} goes in a circle`];
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
