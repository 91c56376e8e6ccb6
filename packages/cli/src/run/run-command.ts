import { Argument, Command, Option } from "commander";
import type { CommandContext } from "../command-context.ts";
import type { RunFlags } from "./resolve-run-options.ts";
import { createScheduleOptions } from "./schedule-flags.ts";

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** `weir run`: load on a server, and what it can do as one sentence, a table and a run folder. */
export function createRunCommand(context: CommandContext): Command {
  const command = new Command("run")
    .description("put load on a model server and say how fast it is")
    .addArgument(new Argument("<url>", "the server, e.g. http://127.0.0.1:8787"));
  for (const option of createRunOptions()) command.addOption(option);
  return command.addHelpText("after", exitCodes).action(async (url: string, flags: RunFlags) => {
    // Loaded here, so that `weir --help` does not wait for it.
    const { runAndReport } = await import("./run-and-report.ts");
    const { resolveRunOptions } = await import("./resolve-run-options.ts");
    const request = await resolveRunOptions(url, flags, context.env);
    const finished = await runAndReport(request, context, {
      json: flags.json ?? false,
      quiet: flags.quiet ?? false,
    });
    context.exitCode = finished.exitCode;
  });
}

/** The flags that say what load is made and where its results go. Any command that makes a run has them. */
export function createRunOptions(): Option[] {
  return [
    new Option("--workload <kind>", "what a request is: embeddings (default: embeddings)").env(
      "WEIR_WORKLOAD",
    ),
    new Option(
      "--dialect <name>",
      "auto, openai, sidecar, tei or ollama (default: auto, which asks the server)",
    ).env("WEIR_DIALECT"),
    new Option("--model <name>", "model name sent to the server (default: the first it lists)").env(
      "WEIR_MODEL",
    ),
    new Option(
      "--texts <dir>",
      "folder of Markdown and text files to send (default: built-in English prose)",
    ).env("WEIR_TEXTS"),
    new Option("--text-size <characters>", "length of one text (default: about 1000)").env("WEIR_TEXT_SIZE"),
    new Option("--batch <number>", "texts in one request (default: 1)").env("WEIR_BATCH"),
    ...createScheduleOptions(),
    new Option(
      "--duration <time>",
      "length of the measurement: 500ms, 30s, 2m (default: 30s, or none with --requests)",
    ).env("WEIR_DURATION"),
    new Option("--requests <number>", "end after this many requests").env("WEIR_REQUESTS"),
    new Option(
      "--warmup <time>",
      "load before the measurement begins (default: 5s, or none with --requests)",
    ).env("WEIR_WARMUP"),
    new Option("--seed <number>", "decides the order of the texts (default: 1)").env("WEIR_SEED"),
    new Option(
      "--slo <limit>",
      'limit that decides the exit code: "errors < 1%", "response.p95 < 800ms", "units >= 20/s"; repeatable (default: "errors < 1%")',
    )
      .env("WEIR_SLO")
      .argParser(collect),
    new Option(
      "--stop-failures <number>",
      "end when so many requests have failed; 0 is never (default: 0)",
    ).env("WEIR_STOP_FAILURES"),
    new Option(
      "--stop-failures-in-a-row <number>",
      "end when so many requests have failed one after the other; 0 is never (default: 0)",
    ).env("WEIR_STOP_FAILURES_IN_A_ROW"),
    new Option("--header <line>", '"Name: value" sent with every request; repeatable')
      .env("WEIR_HEADER")
      .argParser(collect),
    new Option("--key-env <name>", "environment variable whose value is sent as a bearer token").env(
      "WEIR_KEY_ENV",
    ),
    new Option("--timeout <time>", "longest wait for an answer (default: 30s)").env("WEIR_TIMEOUT"),
    new Option(
      "--cache <kind>",
      "busted: every text is new to the server; warm: texts repeat (default: busted)",
    ).env("WEIR_CACHE"),
    new Option("--out <dir>", "folder for run folders (default: runs)").env("WEIR_OUT"),
    new Option("--name <text>", "a name for this run").env("WEIR_NAME"),
    new Option("--json", "print run.json on stdout, everything for people on stderr"),
    new Option("--quiet", "no progress while it runs"),
  ];
}

const exitCodes = `
Exit codes: 0 all limits kept, 1 a limit missed, 2 wrong usage, 3 ended by a stop rule or
because the server stopped working half way, 4 too few samples to judge a limit, 5 the measurement is not valid, 6 the server could not be measured, 130 interrupted.`;
