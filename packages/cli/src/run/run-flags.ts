import { Option } from "commander";
import { createConnectionOptions, type ConnectionFlags } from "./connection-flags.ts";
import { createFlags } from "./create-flags.ts";
import { createFormatOptions, type FormatFlags } from "../results/result-format.ts";
import { createPresetOptions } from "./presets/preset-flags.ts";
import { createScheduleOptions, type ScheduleFlags } from "./schedule-flags.ts";
import { createServerSideOptions, type ServerSideFlags } from "./server-side-flags.ts";
import { createStopOptions, type StopFlags } from "./stop-flags.ts";
import { createEmbeddingsOptions } from "./workloads/embeddings-flags.ts";
import { createModelOptions } from "./workloads/model-flags.ts";
import { createWorkloadOptions, type WorkloadFlags } from "./workloads/workload-kinds.ts";

/** The flags of `weir run` as they were written. */
export interface RunFlags
  extends WorkloadFlags, ScheduleFlags, StopFlags, ConnectionFlags, ServerSideFlags, FormatFlags {
  readonly header?: readonly string[] | undefined;
  readonly keyEnv?: string | undefined;
  readonly seed?: string | undefined;
  readonly slo?: readonly string[] | undefined;
  readonly timeout?: string | undefined;
  readonly workers?: string | undefined;
  readonly samples?: boolean | undefined;
  readonly out?: string | undefined;
  readonly name?: string | undefined;
  readonly preset?: string | undefined;
  readonly listPresets?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

/** The flags of `weir run`, heading by heading. */
export function createRunOptions(): Option[] {
  return [
    ...createWorkloadOptions(),
    ...createScheduleOptions(),
    ...createSharedOptions(),
    ...createPresetOptions(),
    ...createConnectionOptions(),
    ...createServerSideOptions(),
    ...createResultOptions(),
  ];
}

/** The flags of a run on embeddings at a server that is known already. */
export function createKnownServerOptions(): Option[] {
  return [
    ...createModelOptions(),
    ...createEmbeddingsOptions(),
    ...createScheduleOptions(),
    ...createSharedOptions(),
    ...createResultOptions(),
  ];
}

function createSharedOptions(): Option[] {
  return [
    ...createStopOptions(),
    ...createFlags("How long:", [
      ["--timeout <time>", "longest wait for an answer (default: 30s, chat 2m)"],
      ["--seed <number>", "decides the order of what is sent, and when (default: 1)"],
      [
        "--workers <number>",
        "threads that make the load, or auto: as many as it asks for and as there are cores for (default: auto)",
      ],
    ]),
  ];
}

function createResultOptions(): Option[] {
  return [
    ...createFlags("Results:", [
      [
        "--slo <limit>",
        'limit that decides the exit code: "errors < 1%", "response.p95 < 800ms", "units >= 20/s"; repeatable (default: "errors < 1%")',
        "repeatable",
      ],
      ["--samples", "keep a row of every request in samples.parquet of the run folder"],
      ["--out <dir>", "folder for run folders (default: runs)"],
      ["--name <text>", "a name for this run"],
    ]),
    ...createFormatOptions(),
    // Of one command line, not of a whole session: no variable.
    new Option("--quiet", "no progress while it runs").helpGroup("Results:"),
  ];
}
