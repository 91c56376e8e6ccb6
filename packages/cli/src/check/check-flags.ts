import { Option } from "commander";
import { createConnectionOptions, type ConnectionFlags } from "../run/connection-flags.ts";
import { createFlags } from "../run/create-flags.ts";
import { createFormatOptions, type FormatFlags } from "../results/result-format.ts";
import { createChatOptions, type ChatFlags } from "../run/workloads/chat-flags.ts";
import { createEmbeddingsOptions, type EmbeddingsFlags } from "../run/workloads/embeddings-flags.ts";
import { createModelOptions } from "../run/workloads/model-flags.ts";

/** The flags of `weir check` as they were written. */
export interface CheckFlags extends EmbeddingsFlags, ChatFlags, ConnectionFlags, FormatFlags {
  readonly list?: boolean | undefined;
  readonly start?: string | undefined;
  readonly workload?: string | undefined;
  readonly header?: readonly string[] | undefined;
  readonly keyEnv?: string | undefined;
  readonly users?: string | undefined;
  readonly rate?: string | undefined;
  readonly duration?: string | undefined;
  readonly requests?: string | undefined;
  readonly set?: readonly string[] | undefined;
  readonly repeats?: string | undefined;
  readonly seed?: string | undefined;
  readonly timeout?: string | undefined;
  readonly workers?: string | undefined;
  readonly slo?: readonly string[] | undefined;
  readonly baseline?: string | false | undefined;
  readonly saveBaseline?: string | true | undefined;
  readonly tolerance?: string | undefined;
  readonly junit?: string | undefined;
  readonly out?: string | undefined;
  readonly name?: string | undefined;
  readonly quiet?: boolean | undefined;
}

const results = "Results:";

/** The flags of `weir check`, heading by heading. */
export function createCheckOptions(): Option[] {
  return [
    // Of one command line, not of a whole session: no variables.
    new Option("--list", "the suites that come with weir, and what may be set of each").helpGroup(
      "What is checked:",
    ),
    ...createFlags("What is checked:", [
      [
        "--start <command>",
        "start the server with this command line, {port} is its port, and end it afterwards; in place of the URL",
      ],
      [
        "--workload <kind>",
        "embeddings or chat, for suites that can do either (default: what the server speaks)",
      ],
      ["--users <number>", "of suites that have such a setting: --list says which, and their defaults"],
      ["--rate <rate>", "the same, e.g. 5/s"],
      ["--duration <time>", "the same, e.g. 10m"],
      ["--requests <number>", "the same"],
      ["--set <setting>", "any other setting of the suite: NAME=VALUE; repeatable", "repeatable"],
      ["--repeats <number>", "do all of it so often; figures are then medians (default: 1)"],
      ["--timeout <time>", "longest wait for an answer (default: 30s, chat 2m)"],
      ["--seed <number>", "decides the order of what is sent, and when (default: 1)"],
      [
        "--workers <number>",
        "threads that make the load, or auto: as many as it asks for and as there are cores for (default: auto)",
      ],
    ]),
    ...createModelOptions(),
    ...createEmbeddingsOptions(),
    ...createChatOptions(),
    ...createConnectionOptions(),
    ...createFlags(results, [
      [
        "--slo <limit>",
        'limit for suites that find out what a server can take: "response.p95 < 800ms"; repeatable',
        "repeatable",
      ],
      [
        "--baseline <file>",
        "compare with the figures of this file (default: weir-baseline.json beside the suite's file, else in --out, where it is there)",
      ],
      ["--tolerance <share>", "how much worse than the baseline a figure may be (default: 10%)"],
      ["--junit <file>", "write every row as a test for CI systems, JUnit's XML"],
      ["--out <dir>", "folder for run folders (default: runs)"],
      ["--name <text>", "a name for this check"],
    ]),
    // Of one command line as well.
    new Option("--no-baseline", "judge the limits alone").helpGroup(results),
    new Option(
      "--save-baseline [file]",
      "keep the figures for later checks, best with --repeats 5 (default file: that of --baseline)",
    ).helpGroup(results),
    ...createFormatOptions(results),
    new Option("--quiet", "no progress while it runs").helpGroup(results),
  ];
}
