import type { LoadPlan } from "@weir/load";
import { contentHash } from "@weir/stats";
import type { RecordedWorkload } from "../record/recorded-workload.ts";
import type { EmbeddingsRequest, RunTarget, WorkloadRequest } from "./run-request.ts";

/** What a run sent, as run.json says it: contents are described and hashed, not repeated. */
export function describeWorkload(
  workload: WorkloadRequest,
  target: RunTarget | undefined,
  plan: LoadPlan | undefined,
): RecordedWorkload {
  switch (workload.kind) {
    case "embeddings":
      return describeEmbeddings(workload, target, plan);
    case "http":
      return {
        kind: "http",
        methods: [...new Set(workload.requests.map(({ method }) => method))],
        requests: workload.requests.length,
        expect: workload.expect,
        hash: contentHash(JSON.stringify(workload.requests)),
      };
    case "upload":
      return {
        kind: "upload",
        form: workload.form.kind,
        path: workload.path.replace(/\?.*$/, ""),
        files: workload.files.length,
        bytes: workload.files.reduce((sum, { bytes }) => sum + bytes, 0),
        expect: workload.expect,
        hash: contentHash(JSON.stringify(workload.files)),
      };
  }
}

function describeEmbeddings(
  workload: EmbeddingsRequest,
  target: RunTarget | undefined,
  plan: LoadPlan | undefined,
): RecordedWorkload {
  const { texts } = workload.texts;
  const sent = plan?.workload.kind === "embeddings" ? plan.workload.cache : undefined;
  const lengths = texts.map((text) => text.length);
  return {
    kind: workload.kind,
    dialect: target?.dialect ?? workload.dialect,
    model: target?.model ?? workload.model ?? null,
    texts: {
      source: workload.texts.source,
      count: texts.length,
      characters: {
        min: lengths.reduce((least, length) => Math.min(least, length), Infinity),
        mean: lengths.reduce((sum, length) => sum + length, 0) / lengths.length,
        max: lengths.reduce((most, length) => Math.max(most, length), 0),
      },
      hash: contentHash(JSON.stringify(texts)),
    },
    batch: workload.batch,
    cache: { kind: workload.cache, start: sent?.kind === "busted" ? sent.start : null },
  };
}
