import { once } from "node:events";
import type { CommandContext } from "../command-context.ts";
import { checkServeOptions, type ServeCall } from "./check-serve-options.ts";
import { describeBanner, toReadyFields } from "./describe-server.ts";
import { openLog } from "./open-log.ts";
import { startServing } from "./start-serving.ts";

/** Serves until Ctrl-C, SIGTERM or POST /shutdown. The first line on stdout is the address. */
export async function serve(call: Omit<ServeCall, "env">, context: CommandContext): Promise<void> {
  const startedMs = performance.now();
  const { env, stdout, stderr } = context;
  const { options, config } = await checkServeOptions({ ...call, env });
  const log = openLog(options.logLevel, options.logFormat, stderr);
  await using server = await startServing(options, context, log);
  stdout.write(`listening on ${server.url}\n`);
  const stopped = waitForStop(context.signal);
  const models = await Promise.race([server.ready, stopped]);
  if (models !== undefined) {
    const started = {
      url: server.url,
      models,
      options,
      config: config?.name,
      startMs: performance.now() - startedMs,
    };
    if (log.format === "json") log.logger.info(toReadyFields(started), "ready");
    else stderr.write(describeBanner(started));
    await Promise.race([server.shutdownRequested, stopped]);
  }
  const leaving = "shutting down: finishing what is under way";
  if (log.format === "json") log.logger.info(leaving);
  else stderr.write(`${leaving}\n`);
}

/** Resolves with nothing once the signal has fired. */
export async function waitForStop(signal: AbortSignal): Promise<undefined> {
  if (!signal.aborted) await once(signal, "abort");
  return undefined;
}
