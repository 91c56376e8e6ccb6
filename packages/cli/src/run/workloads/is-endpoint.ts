import type { RequestAddress } from "./request-address.ts";

/** Whether an address ends in one of these APIs' own paths. */
export function isEndpoint(
  address: RequestAddress,
  dialects: Readonly<Record<string, { readonly path: string }>>,
): boolean {
  const path = pathWithoutEnd(address);
  return Object.values(dialects).some((dialect) => path.endsWith(dialect.path));
}

/** Without slashes at its end; empty where there is none. */
export function pathWithoutEnd({ path = "" }: RequestAddress): string {
  return path.replace(/\/+$/, "");
}
