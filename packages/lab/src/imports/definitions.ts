import type { FigureDefinition, ImportedFigure, ImportedTool } from "./import-record.ts";

const same = (theirs: string): FigureDefinition => ({ theirs, same: true });
const differs = (theirs: string): FigureDefinition => ({ theirs, same: false });

/**
 * What each tool's figures mean, from its source (k6 1.8, Locust 2.47, vLLM 0.33, guidellm 0.8, AIPerf 0.13). `service` is
 * from the first byte sent to the last received, `ttft` to the first piece of an answer, `tpot` a value per request,
 * `chunkGap` between pieces.
 */
export const toolDefinitions: Readonly<
  Record<ImportedTool, Readonly<Partial<Record<ImportedFigure, FigureDefinition>>>>
> = {
  k6: {
    service: same(
      "http_req_duration: sending, waiting and receiving, of expected responses; without connecting",
    ),
    throughput: differs(
      "good requests over the whole test, start and end of its users included; there is no steady window",
    ),
    failed: differs(
      "http_req_failed: by status (200 to 399 is good, unless the script says otherwise) or no answer; a stream that is cut short is not told from a whole one",
    ),
  },
  locust: {
    service: differs(
      "response time: from before connecting until the whole body is there, failed requests among them; percentiles are rounded to two digits above 100 ms, below to whole ms",
    ),
    throughput: differs(
      "requests that did not fail, from the first one to the last, users still starting among them",
    ),
    failed: differs("failures: by status, by exception, or as the locustfile says"),
  },
  vllm: {
    service: differs(
      "E2EL: from before connecting or waiting for a connection to the last piece of the answer, not to the end of its body",
    ),
    ttft: differs(
      "TTFT: from before connecting or waiting for a connection to the first piece of the answer",
    ),
    tpot: same("TPOT: (E2EL - TTFT) / (output tokens - 1), a value per request"),
    chunkGap: same('"ITL": between two pieces of an answer as they are read, however many tokens each holds'),
    throughput: differs("completed requests over the whole run, start and end of its load included"),
    tokens: differs("output tokens: the server's usage, else counted by its own tokenizer, silently"),
    failed: differs("requests with an error or without any piece of an answer"),
  },
  guidellm: {
    service: differs("request latency: from before connecting to the end of the body"),
    ttft: differs("TTFT: from before connecting to the first piece of the answer"),
    tpot: same(
      '"ITL": (last token - first token) / (output tokens - 1), a value per request; its own table weighs each by its tokens',
    ),
    throughput: same("requests that ended well, per second of the measured time"),
    tokens: differs("output tokens: the server's usage, else counted by its own tokenizer"),
    failed: differs("errored requests; what the end cut off is counted apart"),
  },
  aiperf: {
    service: differs(
      "request latency: from before connecting to the last piece of the answer, not to the end of its body",
    ),
    ttft: differs("TTFT: from before connecting to the first piece of the answer"),
    tpot: same('"ITL": (request latency - TTFT) / (output tokens - 1), a value per request'),
    chunkGap: same('"inter chunk latency": between two pieces of an answer, however many tokens each holds'),
    throughput: differs("completed requests over the whole run, start and end of its load included"),
    tokens: differs(
      "output tokens: counted by its own tokenizer, or the server's usage with --use-server-token-count",
    ),
    failed: differs("requests with an error"),
  },
};
