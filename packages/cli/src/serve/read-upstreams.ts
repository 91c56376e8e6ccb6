import { parseUpstreamServers, type UpstreamServer } from "@weir/server";

/** A chat model on other servers, as `--upstream` says it. */
export interface UpstreamArgument {
  readonly name: string;
  readonly servers: readonly UpstreamServer[];
}

/** Reads `NAME=URL`, the servers of one name together, in the order in which the names come first. */
export function readUpstreams(
  written: readonly string[],
  { place, models }: { readonly place: string; readonly models: readonly string[] },
  problems: string[],
): readonly UpstreamArgument[] {
  const byName = new Map<string, UpstreamServer[]>();
  for (const argument of written) {
    const [, name = "", source = ""] = /^([^=/]*)=(.*)$/s.exec(argument) ?? [];
    if (name === "" || source === "") {
      // What stands in an address may be a secret.
      const got = name === "" ? "no name" : `${name}= without an address`;
      problems.push(`${place}: expected NAME=URL, e.g. chat=http://127.0.0.1:8000/v1, got ${got}.`);
    } else if (models.includes(name)) {
      problems.push(`${place}: expected a name of its own, got ${name}, which --model has too.`);
    } else {
      try {
        byName.set(name, [...(byName.get(name) ?? []), ...parseUpstreamServers(source)]);
      } catch (error) {
        problems.push(`${place}: ${(error as Error).message}`);
      }
    }
  }
  return Array.from(byName, ([name, servers]) => ({ name, servers }));
}
