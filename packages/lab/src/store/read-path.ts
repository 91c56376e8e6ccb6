/** What stands at `a.b.c` of a value that came from a file; undefined where any of it is missing. */
export function readPath(value: unknown, path: string): unknown {
  let at = value;
  for (const name of toNames(path)) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[name];
  }
  return at;
}

// Paths are written in the code: there are few of them, and each is read from thousands of runs.
const known = new Map<string, readonly string[]>();

function toNames(path: string): readonly string[] {
  let names = known.get(path);
  if (names === undefined) known.set(path, (names = path.split(".")));
  return names;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
