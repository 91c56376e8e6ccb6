/** The keys of servers behind remote models. */
export interface RemoteKeys {
  /** For every model that has none of its own. */
  readonly common: string | undefined;
  readonly byModel: Readonly<Record<string, string>>;
}

/**
 * Reads `VARIABLE` and `MODEL=VARIABLE`. A variable that is not set is a problem: an empty key would be refused later. So is
 * a model that is not on another server: its key would go nowhere. `remoteModels` undefined: which there will be is not known.
 */
export function readRemoteKeys(
  written: readonly string[],
  {
    place,
    env = {},
    remoteModels,
  }: {
    readonly place: string;
    readonly env?: Readonly<Record<string, string | undefined>> | undefined;
    readonly remoteModels?: readonly string[] | undefined;
  },
  problems: string[],
): RemoteKeys {
  let common: string | undefined;
  const byModel: Record<string, string> = {};
  for (const entry of written) {
    const at = entry.lastIndexOf("=");
    const variable = entry.slice(at + 1);
    const key = env[variable];
    const model = at === -1 ? undefined : entry.slice(0, at);
    if (model !== undefined && remoteModels?.includes(model) === false) {
      const there = remoteModels.length === 0 ? "there is none" : remoteModels.join(", ");
      problems.push(
        `${place}: expected MODEL=VARIABLE with a model on another server (${there}), got ${JSON.stringify(model)}.`,
      );
    }
    if (key === undefined || key.trim() === "") {
      const got = variable === "" ? "none" : `${variable}, which is not set`;
      problems.push(`${place}: expected the name of a variable with a key, got ${got}.`);
    } else if (model === undefined) common = key.trim();
    else byModel[model] = key.trim();
  }
  return { common, byModel };
}
