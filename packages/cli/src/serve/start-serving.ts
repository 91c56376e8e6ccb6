import { WeirError } from "@weir/protocol";
import { startServer, type ReplicaEvent, type RunningServer } from "@weir/server";
import type { CommandContext } from "../command-context.ts";
import { embeddingEnginePackage, locateEngine } from "../engine-packages.ts";
import { locateModel } from "../models/locate-model.ts";
import type { ResolvedServeOptions } from "./resolve-serve-options.ts";

/** Finds or builds the models, then listens and loads them. The server may not be ready yet when this resolves. */
export async function startServing(
  options: ResolvedServeOptions,
  context: CommandContext,
): Promise<RunningServer> {
  const engineModule = locateEngine(embeddingEnginePackage);
  const models = [];
  for (const argument of options.models) {
    const path = await locateModel(argument, context);
    models.push({ name: argument.name, engineModule, spec: { path, threads: options.threads } });
  }
  const launchToken = context.env["WEIR_LAUNCH_TOKEN"];
  return startServer({
    models,
    host: options.host,
    port: options.port,
    limits: options.limits,
    allowRoots: options.allowRoots,
    startTimeoutMs: options.startTimeoutMs,
    version: context.version,
    ...(launchToken === undefined || launchToken === "" ? {} : { launchToken }),
    onReplicaEvent: (model, event) => {
      const line = describeEvent(model, event);
      if (line !== undefined) context.stderr.write(`${line}\n`);
    },
  });
}

function describeEvent(model: string, event: ReplicaEvent): string | undefined {
  switch (event.kind) {
    case "ready":
      return undefined;
    case "output":
      return `[${model}] ${event.line}`;
    case "ended":
      return `[${model}] its process ended (${event.reason}); starting it again in ${event.restartInMs} ms`;
    case "start-failed": {
      const why = event.error instanceof WeirError ? event.error.message : String(event.error);
      return `[${model}] could not be started: ${why}; next try in ${event.restartInMs} ms`;
    }
  }
}
