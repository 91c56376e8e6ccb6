import type { JsonValue } from "@weir/engine";
import { startServer, type RunningServer, type ServerOptions } from "@weir/server";

export interface WeirOptions extends Partial<Omit<ServerOptions, "port">> {
  /** Options of the echo engine, which serves as the model `echo` where no models are named. */
  readonly echo?: Readonly<Record<string, JsonValue>>;
}

/**
 * A server on a free port that is ready, with the echo engine in a child process unless told otherwise. That takes two jobs at
 * once, however small they are.
 */
export async function startWeir({ echo = {}, ...options }: WeirOptions = {}): Promise<RunningServer> {
  const server = await startServer({
    models: [
      {
        name: "echo",
        engineModule: import.meta.resolve("@weir/engine/echo"),
        spec: { path: "/", options: echo },
        slotCost: 0,
      },
    ],
    version: "0.0.0-test",
    ...options,
    port: 0,
  });
  try {
    await server.ready;
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}
