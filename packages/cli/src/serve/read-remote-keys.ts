/** The keys of servers behind remote models. */
export interface RemoteKeys {
  /** For every model that has none of its own. */
  readonly common: string | undefined;
  readonly byModel: Readonly<Record<string, string>>;
}

/** Reads `VARIABLE` and `MODEL=VARIABLE`. A variable that is not set is a problem: an empty key would be refused later. */
export function readRemoteKeys(
  written: readonly string[],
  {
    place,
    env = {},
  }: { readonly place: string; readonly env?: Readonly<Record<string, string | undefined>> | undefined },
  problems: string[],
): RemoteKeys {
  let common: string | undefined;
  const byModel: Record<string, string> = {};
  for (const entry of written) {
    const at = entry.lastIndexOf("=");
    const variable = entry.slice(at + 1);
    const key = env[variable];
    if (key === undefined || key.trim() === "") {
      const got = variable === "" ? "none" : `${variable}, which is not set`;
      problems.push(`${place}: expected the name of a variable with a key, got ${got}.`);
    } else if (at === -1) common = key.trim();
    else byModel[entry.slice(0, at)] = key.trim();
  }
  return { common, byModel };
}
