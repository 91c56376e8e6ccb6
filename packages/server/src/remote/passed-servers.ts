import { randomBytes } from "node:crypto";

/** The servers that a request came through, the first one first: their ids with commas between, as Via of HTTP has them. */
export const passedServersHeader = "x-weir-via";

/** Chains of servers are short; what is longer was made up. */
const mostServers = 32;

/** A name that only one running server has. */
export function createServerId(): string {
  return randomBytes(8).toString("hex");
}

/** Whatever is no id is left out: others may use such a header, too. */
export function parsePassedServers(header: string | readonly string[] | undefined): readonly string[] {
  const ids = String(header ?? "").split(",", mostServers);
  return ids.map((id) => id.trim()).filter((id) => /^[0-9a-f]{16}$/.test(id));
}

export function encodePassedServers(ids: readonly string[]): string {
  return ids.join(", ");
}
