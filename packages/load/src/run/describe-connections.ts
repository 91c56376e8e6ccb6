import type { Distribution } from "@weir/stats";
import type { FailureSummary } from "../recording/failure-tally.ts";
import type { ConnectionCounts } from "./load-result.ts";

/** Fewer requests than this say nothing about a server's habits. */
const fewRequests = 20;
/** A share of requests that is worth a word. */
const someWaited = 0.001;

export interface ConnectionsOfRun {
  readonly counts: ConnectionCounts;
  /** Most users, or connections, that could have one of their own. */
  readonly most: number;
  /** How long requests waited for one of them after they were due, of those that had to. */
  readonly waitMs: Distribution;
  /** Requests that came due. */
  readonly offered: number;
}

/** What there is to say about connections, a sentence each with the next step; empty where all is well. */
export function describeConnections(run: ConnectionsOfRun): readonly string[] {
  return [describeClosing(run), describeWaiting(run)].filter((warning) => warning !== undefined);
}

function describeClosing({
  counts: { opened, reused, lostWhileIdle },
  most,
}: ConnectionsOfRun): string | undefined {
  const requests = opened + reused;
  const more = opened - most;
  if (requests < fewRequests || more < requests / 2) return undefined;
  return lostWhileIdle > 0
    ? `${opened} connections were opened for ${requests} requests: the server closes them when they rest for as long as users pause here, so these times include connecting. Let the server keep idle connections for longer than the pause.`
    : `${opened} connections were opened for ${requests} requests: the server closes them after its answers, so these times include connecting. Let the server keep connections alive, and see whether a proxy between sends Connection: close.`;
}

function describeWaiting({ waitMs, most, offered }: ConnectionsOfRun): string | undefined {
  const { n, p50, max } = waitMs;
  if (n === 0 || n < offered * someWaited || p50 === null || max === null) return undefined;
  const count = (value: number): string => value.toLocaleString("en-US");
  return `${count(n)} of ${count(offered)} requests waited for one of ${count(most)} connections (--max-connections), half of them for more than ${p50.toFixed(1)} ms and at most ${max.toFixed(1)} ms: so many were in the server's hands at once. Their response times count from when they were due, their service times do not show it.`;
}

/** Limits of this machine that requests failed at: no measurement of the server. A sentence each with the next step. */
export function describeMachineLimits({ byKind }: FailureSummary): readonly string[] {
  const ports = byKind["ports-exhausted"]?.count ?? 0;
  const files = byKind["too-many-open-files"]?.count ?? 0;
  const requests = (count: number): string => `${count} ${count === 1 ? "request" : "requests"}`;
  return [
    ...(ports === 0
      ? []
      : [
          `${requests(ports)} found no free local port, which is this machine's limit and not the server's: let the server keep connections alive, or widen the range with \`sudo sysctl -w net.ipv4.ip_local_port_range="1024 65535" net.ipv4.tcp_tw_reuse=1\`.`,
        ]),
    ...(files === 0
      ? []
      : [
          `${requests(files)} could open no socket, because this process may not have so many files open at a time: raise the limit with \`ulimit -n 65536\` in this shell, or load with fewer users.`,
        ]),
  ];
}
