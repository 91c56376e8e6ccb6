import net from "node:net";
import tls from "node:tls";
import { parseHttpTarget } from "@weir/load";
import { formatMs } from "../../record/format-number.ts";
import type { CheckRow, SuiteContext } from "../suite.ts";
import type { SampleRequest } from "./sample-request.ts";

/** What became of a client that stopped half way through its request. */
export type StalledEnd =
  | { readonly kind: "cut"; readonly afterMs: number; readonly status: number | undefined }
  | { readonly kind: "kept" };

export interface StalledClient {
  /** Waits for its end, at most until `mostMs` after it connected. */
  result(mostMs: number): Promise<StalledEnd>;
}

/** A client that sends the head of a request and a part of its body, and then nothing more. Ends with the signal. */
export function stall({ url, base, signal }: SuiteContext, { path }: SampleRequest): StalledClient {
  const target = parseHttpTarget(url);
  const where =
    target.socketPath === undefined ? { host: target.host, port: target.port } : { path: target.socketPath };
  const socket = target.secure
    ? tls.connect({
        ...where,
        ...(base.connection?.insecure === true && { rejectUnauthorized: false }),
        ...(base.connection?.ca !== undefined && { ca: base.connection.ca }),
      })
    : net.connect(where);
  const fromMs = performance.now();
  let received = "";
  let cut: StalledEnd | undefined;
  const ended = new Promise<StalledEnd>((resolve) => {
    const finish = (): void => {
      const status = /^HTTP\/1\.\d (\d{3})/.exec(received)?.[1];
      cut ??= {
        kind: "cut",
        afterMs: performance.now() - fromMs,
        status: status === undefined ? undefined : Number(status),
      };
      resolve(cut);
      socket.destroy();
    };
    socket.on("data", (bytes: Buffer) => {
      received = (received + bytes.toString("latin1")).slice(0, 1000);
    });
    // An answer that comes with an open connection is an end as well: the server waits for nothing more.
    socket.on("data", finish);
    for (const event of ["end", "close", "error"] as const) socket.on(event, finish);
  });
  const onAbort = (): void => void socket.destroy();
  signal.addEventListener("abort", onAbort, { once: true });
  const headers = Object.entries(base.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(
    `POST ${target.basePath}${path} HTTP/1.1\r\nHost: ${target.authority}\r\nContent-Type: application/json\r\n${headers.join("")}Content-Length: 4000\r\n\r\n{"input": "half of`,
  );
  return {
    async result(mostMs) {
      const left = Math.max(0, mostMs - (performance.now() - fromMs));
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<StalledEnd>((resolve) => {
        timer = setTimeout(() => resolve({ kind: "kept" }), left);
      });
      try {
        return await Promise.race([ended, late]);
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        socket.destroy();
      }
    },
  };
}

export function toStalledRow(end: StalledEnd, mostMs: number): CheckRow {
  const isCut = end.kind === "cut";
  const status = isCut && end.status !== undefined ? ` with ${end.status}` : "";
  return {
    key: "timeouts/stalled-client",
    metric: "a client that stops half way is cut",
    value: isCut ? end.afterMs : null,
    unit: "ms",
    measured: isCut ? `after ${formatMs(end.afterMs)}${status}` : `not within ${formatMs(mostMs)}`,
    limit: `<= ${formatMs(mostMs)}`,
    status: isCut ? "pass" : "fail",
    advice: isCut
      ? undefined
      : "Bound the time for a whole request (requestTimeout of Node's server, a read timeout of the proxy before it): such clients keep connections for nothing.",
  };
}
