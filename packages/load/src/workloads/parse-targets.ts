import { WeirError } from "@weir/protocol";
import { splitRequestUrl } from "../http/http-target.ts";

/** One request of a targets file. `bodyFile` is as it stands in the file. */
export interface TargetEntry {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyFile: string | undefined;
}

/**
 * Reads a targets file in vegeta's format: a line `METHOD URL`, then its `Name: value` lines, then `@FILE` where it has
 * a body; blank lines and lines that begin with `#` are skipped. URLs may be paths. Throws USAGE with the line's number
 * where a line is none of these, or names another server than `origin`.
 */
export function parseTargets(text: string, origin: string): TargetEntry[] {
  const entries: {
    method: string;
    path: string;
    headers: Record<string, string>;
    bodyFile: string | undefined;
  }[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const last = entries.at(-1);
    const [, method, url] = /^([A-Z]+)\s+(\S+)$/.exec(line) ?? [];
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):\s*(.*)$/.exec(line) ?? [];
    if (method !== undefined && url !== undefined)
      entries.push({ method, path: pathOf(url, origin, index + 1), headers: {}, bodyFile: undefined });
    else if (last !== undefined && line.startsWith("@")) last.bodyFile = line.slice(1);
    else if (last !== undefined && name !== undefined && value !== undefined) last.headers[name] = value;
    else
      throw new WeirError(
        "USAGE",
        `line ${index + 1} of the targets must be METHOD URL, "Name: value" or @FILE, got ${JSON.stringify(line.slice(0, 60))}`,
      );
  }
  if (entries.length === 0)
    throw new WeirError("USAGE", "the targets must hold at least one line such as GET /path, got none");
  return entries;
}

function pathOf(url: string, origin: string, line: number): string {
  if (url.startsWith("/")) return url;
  const split = splitRequestUrl(url);
  if (split.url !== origin)
    throw new WeirError(
      "USAGE",
      `line ${line} of the targets must name the server under load, ${origin}, or a path of it, got ${split.url}`,
    );
  return split.path;
}
