import { Option } from "commander";
import { createConnectionOptions, type ConnectionFlags } from "../run/connection-flags.ts";
import { createFlags } from "../run/create-flags.ts";
import { createModelOptions, type ModelFlags } from "../run/workloads/model-flags.ts";
import { createUploadOptions, type UploadFlags } from "../run/workloads/upload-flags.ts";
import { createFormatOptions, type FormatFlags } from "../results/result-format.ts";

/** The flags of `weir sweep` as they were written. */
export interface SweepFlags extends ModelFlags, UploadFlags, ConnectionFlags, FormatFlags {
  readonly workload?: string | undefined;
  readonly quick?: boolean | undefined;
  readonly sizes?: string | undefined;
  readonly imageSizes?: string | undefined;
  readonly dpis?: string | undefined;
  readonly inputTokens?: string | undefined;
  readonly outputTokens?: string | undefined;
  readonly batches?: string | undefined;
  readonly concurrency?: string | undefined;
  readonly maxConcurrency?: string | undefined;
  readonly maxSize?: string | undefined;
  readonly requestsPerCase?: string | undefined;
  readonly repeats?: string | undefined;
  readonly rounds?: string | undefined;
  readonly warmup?: string | undefined;
  readonly listCases?: boolean | undefined;
  readonly texts?: string | undefined;
  readonly dpiParam?: string | undefined;
  readonly stream?: boolean | undefined;
  readonly ignoreEos?: boolean | undefined;
  readonly header?: readonly string[] | undefined;
  readonly keyEnv?: string | undefined;
  readonly timeout?: string | undefined;
  readonly seed?: string | undefined;
  readonly workers?: string | undefined;
  readonly flagSuccess?: string | undefined;
  readonly flagRate?: string | undefined;
  readonly flagP95?: string | undefined;
  readonly flagEfficiency?: string | undefined;
  readonly baseline?: string | undefined;
  readonly out?: string | undefined;
  readonly name?: string | undefined;
  readonly resume?: string | undefined;
  readonly exportCsv?: string | undefined;
  readonly exportJson?: string | undefined;
  readonly quiet?: boolean | undefined;
}

/** The flags of `weir sweep`, heading by heading. */
export function createSweepOptions(): Option[] {
  return [
    ...createMatrixOptions(),
    ...createSourceOptions(),
    ...createModelOptions(),
    ...createUploadOptions(),
    ...createJudgementOptions(),
    ...createConnectionOptions(),
    ...createResultOptions(),
  ];
}

const cases = "Which cases:";

function createMatrixOptions(): Option[] {
  return [
    ...createFlags(cases, [
      ["--workload <kind>", "embeddings, chat, image or pdf (default: what the URL says, else embeddings)"],
    ]),
    // Of one command line, not of a whole session: no variables.
    new Option("--quick", "a shorter list and 5 requests a case, about 2 minutes on 2 cores").helpGroup(
      cases,
    ),
    new Option("--list-cases", "print the cases that would be measured, and send nothing").helpGroup(cases),
    ...createFlags(cases, [
      ["--sizes <list>", "embeddings: characters of a text (default: 500,1000,2000,5000,10000)"],
      ["--batches <list>", "embeddings: texts in a request (default: 1,5,10,20,32,64)"],
      [
        "--concurrency <list>",
        "users; named, every case is measured with each (default: 1,2,3,4,5 on three configurations of embeddings, else 1,2,4)",
      ],
      ["--input-tokens <list>", "chat: length of prompts (default: 128,512,2048)"],
      ["--output-tokens <list>", "chat: longest answers (default: 32,128)"],
      ["--image-sizes <list>", "image: width in pixels of made images (default: 320,640,1280,1920)"],
      ["--dpis <list>", "pdf: resolutions (default: 72,150,300)"],
      ["--max-size <number>", "leave out larger sizes"],
      ["--max-concurrency <number>", "leave out more users"],
      [
        "--requests-per-case <number>",
        "requests of a case in all, at least (default: 10, and up to 72 where they fit in 5 s; with --quick 5)",
      ],
      ["--repeats <number>", "times that each case is visited (default: 3; with --quick 2)"],
      [
        "--rounds <number>",
        "rounds in which what was found is measured next to the default; 0 for none (default: 8; with --quick 5)",
      ],
      ["--warmup <time>", "load before each repeat that counts for nothing (default: 3s; with --quick 2s)"],
      ["--seed <number>", "decides the order of the cases (default: 1)"],
    ]),
  ];
}

function createSourceOptions(): Option[] {
  return createFlags("What is sent:", [
    ["--texts <dir>", "folder of Markdown and text files to send (default: built-in English prose)"],
    ["--dpi-param <name>", "pdf: query parameter that says the resolution (default: dpi)"],
    ["--no-stream", "chat: answers come whole"],
    ["--ignore-eos", "chat: go on to the longest answer; not every server can"],
  ]);
}

function createJudgementOptions(): Option[] {
  return createFlags("What is a red flag:", [
    ["--flag-success <share>", "success below (default: 100%)"],
    ["--flag-rate <number>", "texts, tokens or files a second below (default: 30 for embeddings, else none)"],
    ["--flag-p95 <time>", "p95 above, or the longest where there are too few requests (default: 2s)"],
    ["--flag-efficiency <share>", "scaling efficiency above (default: 105%)"],
    [
      "--baseline <settings>",
      "what recommendations are measured against: BATCHxUSERS, or USERS without batches (default: 32x1, which @weir/client does; else 1)",
    ],
  ]);
}

const results = "Results:";

function createResultOptions(): Option[] {
  return [
    ...createFlags("Connection:", [
      ["--timeout <time>", "longest wait for an answer (default: 30s, chat 2m)"],
      ["--workers <number>", "threads that make the load, or auto (default: auto)"],
    ]),
    ...createFlags(results, [
      ["--out <dir>", "folder for the sweep's folder (default: runs)"],
      ["--name <text>", "a name for this sweep"],
    ]),
    new Option(
      "--resume <dir>",
      "go on with the sweep in this folder, given the same flags: what is measured is kept",
    ).helpGroup(results),
    new Option("--export-csv <file>", "write the figures of all cases to this file too").helpGroup(results),
    new Option("--export-json <file>", "write the whole record to this file too").helpGroup(results),
    ...createFormatOptions(),
    new Option("--quiet", "no progress while it measures").helpGroup(results),
  ];
}
