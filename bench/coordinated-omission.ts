/**
 * Whether latencies are counted from when requests were due. A server in another process stalls for a tenth of its
 * period; what it does to a constant rate has a closed form. Through one connection only the request that meets the
 * stall takes long, and all behind it wait: service times hide what response times show.
 *
 * The server says how late its own answers were after a stall. Where that is more than what is tolerated, on a machine
 * that has other things to do, nothing is known of the client, and the run is done again, up to three times.
 *
 *     npm run bench -- coordinated-omission [--periods 3] [--period-ms 10000] [--rate 400]
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { runLoad } from "@weir/load";
import type { Distribution } from "@weir/stats";
import { constantRate, plainTransport } from "./lib/http-load.ts";
import { given, positive, readFlags, whole } from "./lib/read-flags.ts";

const flags = readFlags({
  serve: given,
  periods: whole(3),
  "period-ms": positive(10_000),
  // p90 is the knee of the curve: one request in 2,000 that is late beside the stall moves it by 5 ms. It is the
  // figure that a busy machine puts off first, and arrivals have to be closer together than what is tolerated.
  rate: positive(400),
});
const periodMs = flags["period-ms"];
const stallMs = periodMs / 10;
const toleratedMs = 5;

/** Answers at once, except in the tenth of each period after its middle: then when that is over. */
function serve(): void {
  let firstMs: number | undefined;
  let lateMs = 0;
  // Node would close connections that were idle for 5 s, some of them just as a request comes.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    request.resume();
    request.once("end", () => {
      firstMs ??= performance.now();
      const nowMs = performance.now();
      const into = (nowMs - firstMs) % periodMs;
      const leftMs = into >= periodMs / 2 ? periodMs / 2 + stallMs - into : 0;
      const answer = (): void => {
        response.end("[[0.6,0.8]]");
        lateMs = Math.max(lateMs, performance.now() - nowMs - Math.max(0, leftMs));
      };
      if (leftMs > 0) setTimeout(answer, leftMs);
      else answer();
    });
  });
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
  process.on("message", () => process.send?.(lateMs));
  process.once("disconnect", () => process.exit());
}

const quantiles = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 } as const;

/** A share of the requests waits for a time that is uniform up to the stall; the others take what they take. */
function theory(share: number, otherwiseMs: number): Record<keyof typeof quantiles | "max", number> {
  const at = (q: number): number => otherwiseMs + Math.max(0, (stallMs * (q - 1 + share)) / share);
  return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), max: stallMs };
}

async function measure(maxConnections: number): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    const { right, serverLateMs } = await measureOnce(maxConnections);
    console.log(`  the server itself was up to ${serverLateMs.toFixed(1)} ms late`);
    if (right || serverLateMs <= toleratedMs) return right;
    const again = attempt < 3;
    console.log(
      `  which says nothing of the client: ${again ? "once more" : "this needs a quieter machine"}`,
    );
    if (!again) return false;
  }
}

async function measureOnce(maxConnections: number): Promise<{ right: boolean; serverLateMs: number }> {
  const child = fork(fileURLToPath(import.meta.url), ["--serve", "--period-ms", String(periodMs)]);
  try {
    const [port] = (await once(child, "message")) as [number];
    const perSecond = flags.rate;
    const { latencyMs, counts, attainment } = await runLoad({
      url: `http://127.0.0.1:${port}`,
      workload: {
        kind: "embeddings",
        dialect: "tei",
        model: undefined,
        texts: ["text"],
        batch: 1,
        encoding: "float",
        cache: { kind: "warm" },
      },
      schedule: constantRate(perSecond, "constant", periodMs * flags.periods),
      stop: { durationMs: undefined, requests: undefined },
      warmupMs: 0,
      transport: { ...plainTransport, timeoutMs: 60_000, maxConnections },
    });
    const { service, response, lag } = latencyMs;
    const restMs = service.p50! + lag.p50!;
    // What came due in a stall is worked off one by one, while more comes due.
    const backlog = maxConnections === 1 ? (perSecond * service.p50!) / 1000 : 0;
    const responses = theory(0.1 / (1 - backlog), restMs);
    const usualMs = service.p50!;
    const oneInPeriod = { p50: usualMs, p90: usualMs, p95: usualMs, p99: usualMs, max: stallMs };
    const services = maxConnections === 1 ? oneInPeriod : theory(0.1, service.p50!);
    console.log(
      `\n${maxConnections} connections at most: ${counts.completed} of ${counts.offered} completed, ${attainment?.attained} begun`,
    );
    for (const [kind, { count, firstMessage }] of Object.entries(counts.failed.byKind))
      console.log(`  ${count} failed: ${kind}, ${firstMessage}`);
    const right = compare("response", responses, response);
    const bothRight = compare("service", services, service) && right;
    child.send("how late?");
    const [serverLateMs] = (await once(child, "message")) as [number];
    return { right: bothRight, serverLateMs };
  } finally {
    child.disconnect();
  }
}

function compare(name: string, expected: ReturnType<typeof theory>, got: Distribution): boolean {
  let right = true;
  for (const figure of ["p50", "p90", "p95", "p99", "max"] as const) {
    const [want, have] = [expected[figure], got[figure]!];
    const near = Math.abs(have - want) <= Math.max(toleratedMs, want * 0.02);
    right &&= near;
    const row = [want, have].map((ms) => `${ms.toFixed(1)} ms`.padStart(12)).join("");
    console.log(`  ${name.padEnd(9)}${figure.padEnd(4)} theory and measured ${row}   ${near ? "ok" : "OFF"}`);
  }
  return right;
}

if (flags.serve) serve();
else {
  console.log(`stalls of ${stallMs} ms every ${periodMs} ms, ${flags.rate} requests/s; within 2 % or 5 ms`);
  const [one, many] = [await measure(1), await measure(1024)];
  process.exitCode = one && many ? 0 : 1;
}
