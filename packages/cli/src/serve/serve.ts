import { once } from "node:events";
import type { CommandContext } from "../command-context.ts";
import { describeCurl, describeModel } from "./describe-server.ts";
import { resolveServeOptions, type ServeFlags } from "./resolve-serve-options.ts";
import { startServing } from "./start-serving.ts";

/** Serves until Ctrl-C, SIGTERM or POST /shutdown. The first line on stdout is the address. */
export async function serve(flags: ServeFlags, context: CommandContext): Promise<void> {
  const startedMs = performance.now();
  await using server = await startServing(resolveServeOptions(flags), context);
  context.stdout.write(`listening on ${server.url}\n`);
  const stopped = waitForStop(context.signal);
  const models = await Promise.race([server.ready, stopped]);
  if (models !== undefined) {
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    context.stderr.write(`ready after ${seconds} s\n`);
    for (const model of models) context.stderr.write(describeModel(model));
    context.stderr.write(`\n  ${describeCurl(server.url)}\n\n`);
    await Promise.race([server.shutdownRequested, stopped]);
  }
  context.stderr.write("shutting down: finishing what is under way\n");
}

/** Resolves with nothing once the signal has fired. */
export async function waitForStop(signal: AbortSignal): Promise<undefined> {
  if (!signal.aborted) await once(signal, "abort");
  return undefined;
}
