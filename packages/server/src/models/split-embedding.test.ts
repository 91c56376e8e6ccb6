import type { EmbeddingModelInfo } from "@weir/engine";
import { expect, it } from "vitest";
import { toRequest } from "../fixtures/echo-pool.ts";
import { listenForLeaks } from "../fixtures/listener-warnings.ts";
import type { EmbeddingReplica } from "../replica/embedding-replica.ts";
import type { ReplicaGroup } from "../replica/replica-group.ts";
import { createReplicaJobs } from "../replica/replica-jobs.ts";
import { embedOnGroup } from "./split-embedding.ts";

const info = {
  dimensions: 2,
  maxTokens: 512,
  pooling: "mean",
  normalized: true,
} as unknown as EmbeddingModelInfo;
const end = {
  inputTokens: 1,
  truncated: 0,
  rowTokens: [1],
  truncatedRows: [],
  tokenizeMs: 0,
  computeMs: 0,
  batches: 1,
  paddedTokens: 1,
};

/** The parent's side of a replica, on a link whose other end answers each job on the next turn. */
function createReplica(): EmbeddingReplica {
  const jobs = createReplicaJobs((kind, jobId) => {
    const body = new Uint8Array();
    if (kind === "job") setImmediate(() => jobs.receive({ kind: "end", jobId, meta: end, body }));
  });
  return {
    jobsUnderWay: 0,
    embed: (request, signal, options) => jobs.embed(request, info, signal, options),
  } as EmbeddingReplica;
}

it("splits a request over many replicas without a warning of listeners that leak", async () => {
  const ready = Array.from({ length: 16 }, createReplica);
  let picked = 0;
  const group = { info, ready, pick: () => ready[picked++] } as unknown as ReplicaGroup;
  const request = toRequest(Array.from({ length: 64 }, () => "word ".repeat(400)));
  const { signal } = new AbortController();
  const warnings = await listenForLeaks(() => embedOnGroup(group, "echo", request, signal, undefined));
  expect(picked).toBe(16);
  expect(warnings).toEqual([]);
});
