import {
  startServer,
  type QueuedBackend,
  type RunningServer,
  type ServedReplicas,
  type ServerOptions,
} from "@weir/server";

export interface TwoReplicas extends AsyncDisposable {
  readonly url: string;
  readonly model: QueuedBackend;
}

/** A server in this process of a model in two replicas of a thread each, once it is ready. */
export async function serveTwoReplicas(
  path: string,
  onReplicaEvent: NonNullable<ServerOptions["onReplicaEvent"]>,
  more: Pick<ServedReplicas, "recycle"> = {},
): Promise<TwoReplicas> {
  const engineModule = import.meta.resolve("@weir/engine-onnx");
  const server: RunningServer = await startServer({
    models: [{ name: "model", engineModule, spec: { path, threads: 1 }, replicas: 2, ...more }],
    port: 0,
    version: "bench",
    onReplicaEvent,
  });
  try {
    const [model] = await server.ready;
    if (model === undefined || model.kind === "chat") throw new Error("expected a model that embeds");
    return { url: server.url, model, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}
