import type { CommandContext } from "../command-context.ts";
import { readFormat } from "../results/result-format.ts";
import { runAndReport } from "../run/run-and-report.ts";
import { resolveRunOptions } from "../run/resolve-run-options.ts";
import type { RunFlags } from "../run/run-flags.ts";
import { describeCurl, describeModel } from "../serve/describe-server.ts";
import { resolveServeOptions } from "../serve/resolve-serve-options.ts";
import { waitForStop } from "../serve/serve.ts";
import { startServing } from "../serve/start-serving.ts";

export interface TryFlags extends Omit<RunFlags, "model"> {
  readonly model: string;
  readonly port: string;
  readonly once?: boolean | undefined;
}

// Enough requests for a p99 of a small model, in a time that a first look may take.
const defaults = { duration: "15s", warmup: "2s" };

export async function tryModel(
  { model, port, once, ...given }: TryFlags,
  context: CommandContext,
): Promise<void> {
  const { stderr } = context;
  const flags: RunFlags = {
    ...given,
    duration: given.duration ?? (given.requests === undefined ? defaults.duration : undefined),
    warmup: given.warmup ?? (given.requests === undefined ? defaults.warmup : undefined),
    dialect: "openai",
  };
  const serveOptions = resolveServeOptions({ model: [model], port });
  // Checked before anything is started; the server's address is known only later.
  const request = await resolveRunOptions("http://127.0.0.1", flags, context.env);

  await using server = await startServing(serveOptions, context);
  const stopped = waitForStop(context.signal);
  const ready = await Promise.race([server.ready, stopped]);
  if (ready === undefined) {
    context.exitCode = 130;
    return;
  }
  stderr.write(`serving on ${server.url}\n${ready.map(describeModel).join("")}\n`);

  const finished = await runAndReport({ ...request, url: server.url }, context, {
    format: readFormat(flags),
    quiet: flags.quiet ?? false,
  });
  context.exitCode = finished.exitCode;
  if (once === true || context.signal.aborted) return;

  const output = flags.json === true ? stderr : context.stdout;
  output.write(`\nlistening on ${server.url}  (Ctrl-C ends it)\n\n  ${describeCurl(server.url, ready)}\n\n`);
  await Promise.race([server.shutdownRequested, stopped]);
}
