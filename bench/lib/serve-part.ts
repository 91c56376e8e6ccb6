import type { JsonValue } from "@weir/engine";
import { startServer, type CacheOptions, type ServerLimits } from "@weir/server";
import { say, startPart, untilFinished, type Part, type PartOptions } from "./part.ts";

/** What a server of our own in a process of its own serves. */
export interface ServePlan {
  /** A model's folder, or what the echo engine is to do. */
  readonly model: string | Readonly<Record<string, JsonValue>>;
  readonly limits?: Partial<ServerLimits>;
  /** @default nothing is cached */
  readonly cache?: CacheOptions;
}

export interface ServedPart extends AsyncDisposable {
  readonly url: string;
}

/** Starts a server as part `serve` of a bench file, which runs {@link serve} there. */
export async function startServePart(
  file: string,
  plan: ServePlan,
  options: PartOptions = {},
): Promise<ServedPart> {
  const part: Part = startPart(file, "serve", plan, options);
  const { url } = await part.next<{ url: string }>();
  return { url, [Symbol.asyncDispose]: () => part[Symbol.asyncDispose]() };
}

/** The part itself. */
export async function serve({ model, limits = {}, cache }: ServePlan): Promise<void> {
  const [engine, spec] =
    typeof model === "string"
      ? (["@weir/engine-onnx", { path: model }] as const)
      : (["@weir/engine/echo", { path: "/", options: model }] as const);
  await using server = await startServer({
    models: [{ name: "model", engineModule: import.meta.resolve(engine), spec }],
    limits,
    ...(cache === undefined ? {} : { cache }),
    port: 0,
    version: "bench",
  });
  await server.ready;
  say({ url: server.url });
  await untilFinished();
}
