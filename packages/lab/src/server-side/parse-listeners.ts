/** A socket of this machine that waits for connections, as Linux lists it. */
export interface ListeningSocket {
  /** As Linux writes it: 8 or 32 hexadecimal digits. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

const listening = "0A";

/** Reads /proc/net/tcp or /proc/net/tcp6: the sockets that listen. */
export function parseListeningSockets(text: string): ListeningSocket[] {
  return text.split("\n").flatMap((line) => {
    // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    const [address, port] = local.split(":");
    if (state !== listening || address === undefined || port === undefined || inode === undefined) return [];
    return [{ address, port: Number.parseInt(port, 16), inode }];
  });
}

/** Inodes of the sockets that listen at a path, of /proc/net/unix. */
export function parseUnixListeners(text: string, path: string): string[] {
  const acceptsConnections = 0x1_0000;
  return text.split("\n").flatMap((line) => {
    // Num RefCount Protocol Flags Type St Inode Path
    const [, flags, inode, at] =
      /^\S+\s+\S+\s+\S+\s+([0-9A-Fa-f]+)\s+\S+\s+\S+\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (flags === undefined || inode === undefined || at !== path) return [];
    return (Number.parseInt(flags, 16) & acceptsConnections) === 0 ? [] : [inode];
  });
}

const anyAddress: ReadonlySet<string> = new Set(["0".repeat(8), "0".repeat(32)]);

/** Whether a socket that listens takes connections to this address, which is one of this machine's. */
export function isReachedAt(socket: ListeningSocket, address: string): boolean {
  return anyAddress.has(socket.address) || toProcAddresses(address).includes(socket.address.toUpperCase());
}

/** How Linux writes an address: words of 32 bits with the lowest byte first, as on every machine that Node runs on. */
function toProcAddresses(address: string): string[] {
  const bytes = address.includes(":") ? toIpv6Bytes(address) : toIpv4Bytes(address);
  if (bytes === undefined) return [];
  const encode = (all: readonly number[]): string => {
    const digits: string[] = [];
    for (let word = 0; word < all.length; word += 4)
      for (const byte of all.slice(word, word + 4).toReversed())
        digits.push(byte.toString(16).padStart(2, "0"));
    return digits.join("").toUpperCase();
  };
  if (bytes.length === 16) return [encode(bytes)];
  // Sockets for IPv6 take IPv4, too.
  return [encode(bytes), encode([...Array.from({ length: 10 }, () => 0), 255, 255, ...bytes])];
}

function toIpv4Bytes(address: string): number[] | undefined {
  const bytes = address.split(".").map(Number);
  return bytes.length === 4 && bytes.every((byte) => byte >= 0 && byte <= 255) ? bytes : undefined;
}

function toIpv6Bytes(address: string): number[] | undefined {
  const [head = "", tail] = address.replace(/%.*$/, "").split("::");
  const toGroups = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const first = toGroups(head);
  const last = tail === undefined ? [] : toGroups(tail);
  const between = tail === undefined ? 0 : 8 - first.length - last.length;
  const groups = [...first, ...Array.from({ length: Math.max(0, between) }, () => 0), ...last];
  if (groups.length !== 8 || groups.some(Number.isNaN)) return undefined;
  return groups.flatMap((group) => [group >> 8, group & 255]);
}
