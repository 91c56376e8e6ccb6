import { isIPv4 } from "node:net";

/** Whether only this machine can reach what listens there. Names other than localhost are not looked up: no. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  if (name === "localhost" || name === "::1") return true;
  const mapped = name.startsWith("::ffff:") ? name.slice("::ffff:".length) : name;
  return isIPv4(mapped) && mapped.startsWith("127.");
}
