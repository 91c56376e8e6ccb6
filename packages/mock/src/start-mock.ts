import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WeirError } from "@weir/protocol";
import { routeRequest } from "./http/route-request.ts";
import type { MockContext } from "./mock-context.ts";
import { resolveMockOptions, type MockOptions } from "./mock-options.ts";
import { OutcomeLog, type MockLog } from "./outcome-log.ts";
import { SlotQueue } from "./slot-queue.ts";
import { PreciseTimer } from "./timing/precise-timer.ts";
import { TimingRecord, type MockTiming } from "./timing/timing-record.ts";

/** A mock that listens. Disposing it cuts every connection. */
export interface RunningMock extends AsyncDisposable {
  /** `http://HOST:PORT` */
  readonly url: string;
  /** What became of the requests so far: the same as GET /mock/log. */
  readonly log: MockLog;
  /** How late the mock itself was so far: the same as GET /mock/timing. */
  readonly timing: MockTiming;
}

/**
 * Starts a deterministic model server with known timings. It speaks every dialect of protocol, for chat and for
 * embeddings, and POST /upload takes any body. Throws USAGE for bad options, PORT_IN_USE where it cannot listen.
 */
export async function startMock(given: Partial<MockOptions> = {}): Promise<RunningMock> {
  const options = resolveMockOptions(given);
  const context: MockContext = {
    options,
    startedMs: performance.now(),
    timer: new PreciseTimer(options.spin),
    timing: new TimingRecord(),
    log: new OutcomeLog(),
    slots: new SlotQueue(options.slots, options.queue),
  };
  const server = createServer(
    { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 },
    (request, response) => {
      routeRequest(context, request, response);
    },
  );
  // What a client sends that is no HTTP, and connections that it resets, are the client's business.
  server.on("clientError", (_error, socket) => void socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      const message = `cannot listen on ${options.host}:${options.port}: ${cause.message}`;
      reject(new WeirError("PORT_IN_USE", message, { cause }));
    });
    server.listen({ host: options.host, port: options.port, backlog: 4096 }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    get log() {
      return context.log.read(context.slots.places);
    },
    get timing() {
      return context.timing.read();
    },
    async [Symbol.asyncDispose]() {
      context.timer[Symbol.dispose]();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
