import { lookup } from "node:dns/promises";
import { readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { networkInterfaces } from "node:os";
import type { HttpTarget } from "@weir/load";
import { isReachedAt, parseListeningSockets, parseUnixListeners } from "../server-side/parse-listeners.ts";
import { listProcesses } from "./process-files.ts";

export type FoundListeners =
  /** At least one. Several share a socket that one of them opened before it started the others. */
  | { readonly kind: "found"; readonly pids: readonly number[] }
  /** It listens here, and this user may not see which process it is. */
  | { readonly kind: "hidden" }
  /** On another machine, or this system does not say. */
  | { readonly kind: "unknown" };

/**
 * Finds the processes of this machine that listen where a target is. Looks once at the open files of every process that
 * this user may look at: some 10 ms. Only on Linux; a server in a container has its own network, and is not found.
 */
export async function findListeners(target: HttpTarget): Promise<FoundListeners> {
  if (process.platform !== "linux") return { kind: "unknown" };
  const inodes = await findInodes(target);
  if (inodes.length === 0) return { kind: "unknown" };
  const links = new Set(inodes.map((inode) => `socket:[${inode}]`));
  const pids = listProcesses().filter((pid) => holdsAny(pid, links));
  return pids.length === 0 ? { kind: "hidden" } : { kind: "found", pids };
}

/** Whether other machines can connect to where a server listens; unknown where it is not on this machine, or this is no Linux. */
export async function isReachedFromOutside({
  socketPath,
  host,
  port,
}: HttpTarget): Promise<"yes" | "no" | "unknown"> {
  if (socketPath !== undefined) return "no";
  const addresses = await findOwnAddresses(host);
  if (process.platform !== "linux" || addresses.length === 0) return "unknown";
  const sockets = ["/proc/net/tcp", "/proc/net/tcp6"]
    .flatMap((file) => parseListeningSockets(read(file)))
    .filter((socket) => socket.port === port);
  if (sockets.length === 0) return "unknown";
  const outer = Object.values(networkInterfaces()).flatMap(
    (all) => all?.filter(({ internal }) => !internal) ?? [],
  );
  // Whoever listens at every address listens at one of the documentation's, too.
  const open = ["192.0.2.1", ...outer.map(({ address }) => address)];
  return sockets.some((socket) => open.some((address) => isReachedAt(socket, address))) ? "yes" : "no";
}

async function findInodes({ socketPath, host, port }: HttpTarget): Promise<string[]> {
  if (socketPath !== undefined) {
    const table = read("/proc/net/unix");
    return [socketPath, resolveLink(socketPath)].flatMap((path) => parseUnixListeners(table, path));
  }
  const addresses = await findOwnAddresses(host);
  return ["/proc/net/tcp", "/proc/net/tcp6"]
    .flatMap((file) => parseListeningSockets(read(file)))
    .filter((socket) => socket.port === port && addresses.some((address) => isReachedAt(socket, address)))
    .map(({ inode }) => inode);
}

/** The addresses of a host that are this machine's; none where it is another. */
async function findOwnAddresses(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true }).catch(() => []);
  const own = new Set(
    Object.values(networkInterfaces()).flatMap((all) => all?.map((one) => one.address) ?? []),
  );
  return found
    .map(({ address }) => address)
    .filter((address) => address === "::1" || address.startsWith("127.") || own.has(address));
}

function holdsAny(pid: number, links: ReadonlySet<string>): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((name) => links.has(readLink(`${folder}/${name}`)));
  } catch {
    // It is gone, or somebody else's.
    return false;
  }
}

// A busy server closes files while they are looked at.
function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function resolveLink(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
