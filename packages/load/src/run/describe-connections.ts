import type { ConnectionCounts } from "./load-result.ts";

/** Fewer requests than this say nothing about a server's habits. */
const fewRequests = 20;

/**
 * What there is to say about connections, a sentence each with the next step; empty where all is well.
 * @param users most users, or connections, that could have one of their own
 */
export function describeConnections(
  { opened, reused }: ConnectionCounts,
  users: number,
  portsExhausted: number,
): readonly string[] {
  const requests = opened + reused;
  const more = opened - users;
  const closing =
    requests >= fewRequests && more >= requests / 2
      ? `${opened} connections were opened for ${requests} requests: the server closes them after its answers, so these times include connecting. Let the server keep connections alive, and see whether a proxy between sends Connection: close.`
      : undefined;
  return [closing, describePorts(portsExhausted)].filter((warning) => warning !== undefined);
}

/** Why a run that ran out of local ports is no measurement of the server; undefined where it did not. */
export function describePorts(portsExhausted: number): string | undefined {
  if (portsExhausted === 0) return undefined;
  return `${portsExhausted} ${portsExhausted === 1 ? "request" : "requests"} found no free local port, which is this machine's limit and not the server's: let the server keep connections alive, or widen the range with \`sudo sysctl -w net.ipv4.ip_local_port_range="1024 65535" net.ipv4.tcp_tw_reuse=1\`.`;
}
