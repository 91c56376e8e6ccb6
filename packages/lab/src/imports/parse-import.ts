import { isObject } from "../store/read-path.ts";
import { parseAiperf, parseAiperfRows } from "./parse-aiperf.ts";
import { parseGuidellm } from "./parse-guidellm.ts";
import type { ImportedTool, ParsedImport } from "./import-record.ts";
import { refuseSource, type ImportSource } from "./import-source.ts";
import { parseK6Points, parseK6Summary, toOlderSummary } from "./parse-k6.ts";
import { parseLocustCsv, parseLocustJson } from "./parse-locust.ts";
import { parseVllm } from "./parse-vllm.ts";

const known =
  "k6 (--summary-export, handleSummary(), --out json, --out csv), Locust (NAME_stats.csv of --csv, what --json prints), vllm bench serve --save-result, guidellm (benchmarks.json), AIPerf (profile_export_aiperf.json, profile_export.jsonl)";

/**
 * Recognises a tool's result by what is in it, and reads it: one measurement or several. Rejects with USAGE what is
 * damaged, and what is of no tool that it knows or not of the one that was named.
 */
export async function parseImport(
  source: ImportSource,
  tool: ImportedTool | undefined,
): Promise<readonly ParsedImport[]> {
  const found = await recognise(source);
  if (found === undefined)
    throw refuseSource(source, tool, `expected a result of ${known}, got something else`);
  if (tool !== undefined && found.tool !== tool)
    throw refuseSource(source, tool, `it is a result of ${found.tool}. Leave --tool away, or name that`);
  return await found.parse();
}

interface Recognised {
  readonly tool: ImportedTool;
  readonly parse: () => Promise<readonly ParsedImport[]>;
}

async function recognise(source: ImportSource): Promise<Recognised | undefined> {
  const { head } = source;
  const first = head.split(/\r?\n/, 1)[0]!;
  if (head.trim() === "") throw refuseSource(source, undefined, "it is empty");
  if (first.startsWith("metric_name,timestamp,") || /^\{[^\n]*"type":"(?:Metric|Point)"/.test(first))
    return one("k6", async () => await parseK6Points(source));
  if (first.startsWith("Type,Name,Request Count,"))
    return one("locust", async () => await parseLocustCsv(source));
  if (/^(?:Timestamp,User Count,|Method,Name,Error,|Count,Message,Traceback)/.test(first))
    throw refuseSource(
      source,
      "locust",
      "expected NAME_stats.csv, got another file of the same run. Name that one: the others are read where they lie beside it",
    );
  if (/^\{"metadata":\{[^\n]*"benchmark_phase":/.test(first))
    return one("aiperf", async () => await parseAiperfRows(source));
  if (!/^\s*[[{]/.test(head)) return undefined;
  const values = parseJson(source, await source.readText());
  const [value] = values;
  if (Array.isArray(value)) {
    const isLocust = value.some((entry) => isObject(entry) && "response_times" in entry);
    return isLocust ? one("locust", () => Promise.resolve(parseLocustJson(source, value))) : undefined;
  }
  if (!isObject(value)) return undefined;
  if (isObject(value["metrics"]) && ("root_group" in value || "state" in value))
    return one("k6", () => Promise.resolve(parseK6Summary(source, value)));
  if (isObject(value["metadata"]) && "k6_version" in value["metadata"])
    return one("k6", () => Promise.resolve(parseK6Summary(source, toOlderSummary(value))));
  if ("aiperf_version" in value || ("input_config" in value && "request_throughput" in value))
    return one("aiperf", async () => await parseAiperf(source, value));
  if (Array.isArray(value["benchmarks"]) && isObject(value["metadata"]))
    return { tool: "guidellm", parse: () => Promise.resolve(parseGuidellm(source, value)) };
  if ("request_throughput" in value && "num_prompts" in value)
    return {
      tool: "vllm",
      parse: () => Promise.resolve(values.filter(isObject).map((each) => parseVllm(source, each))),
    };
  return undefined;
}

function one(tool: ImportedTool, parse: () => Promise<ParsedImport>): Recognised {
  return { tool, parse: async () => [await parse()] };
}

/** One value, or one in each line, as vllm bench serve --append-result writes them. */
function parseJson(source: ImportSource, text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch (error) {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    try {
      if (lines.length > 1 && lines.every((line) => line.startsWith("{") && line.trimEnd().endsWith("}")))
        return lines.map((line): unknown => JSON.parse(line));
    } catch {
      // What was wrong with it as a whole says more.
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw refuseSource(source, undefined, `expected JSON, got ${reason}. It may have been cut off`, error);
  }
}
