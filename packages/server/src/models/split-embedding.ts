import { setMaxListeners } from "node:events";
import { resolveEmbedding } from "@weir/engine";
import { countInputs, WeirError, type ModelRequest, type VectorBlock } from "@weir/protocol";
import { sliceInputs } from "../link/slice-inputs.ts";
import type { EmbeddingEndMeta } from "../link/link-messages.ts";
import type { EmbeddingReplica } from "../replica/embedding-replica.ts";
import type { ReplicaGroup } from "../replica/replica-group.ts";
import type { ReplicaEmbeddings } from "../replica/replica-jobs.ts";
import type { SlotLender } from "./embedding-backend.ts";
import { countUsefulParts, estimateTextCost, planParts, type Part } from "./plan-parts.ts";
import { toWrongKindError } from "./wrong-kind.ts";

/** True where the process ended under a job, which says nothing about the job. */
export function isReplicaLost(error: unknown): error is WeirError {
  return error instanceof WeirError && error.code === "REPLICA_LOST";
}

/**
 * One request on the replicas of one group, split over those that are idle where it is large enough. A part whose replica
 * is lost is computed once more on another: embeddings have no effect beside their answer. Rejects with what
 * `group.toUnreadyError` gives where nobody is ready.
 */
export async function embedOnGroup(
  group: ReplicaGroup,
  name: string,
  request: ModelRequest,
  signal: AbortSignal,
  lender: SlotLender | undefined,
): Promise<ReplicaEmbeddings> {
  const { labels, maxTokens } = group.info;
  const isRanking = request.inputs.kind === "sequences";
  if (request.tokenWork === undefined && isRanking !== (labels !== undefined)) {
    throw isRanking ? toWrongKindError(name, "embed", "rank") : toWrongKindError(name, "rank", "embed");
  }
  const rank = lender?.rank ?? 0;
  const costs = estimateCosts(request, maxTokens);
  const wanted = countPartsWanted(group, request, costs);
  const most = wanted > 1 && lender !== undefined ? 1 + lender.takeIdleSlots(wanted - 1) : wanted;
  const parts = planParts(costs, most);
  // One text may be most of a request: there are fewer parts than there were slots.
  if (parts.length < most) lender?.giveSlots(most - parts.length);
  if (parts.length <= 1) {
    const cost = costs.reduce((sum, value) => sum + value, 0);
    return embedWithRetry(group, name, request, signal, { cost, rank });
  }
  const { dimensions } = resolveEmbedding(request, group.info);
  const count = countInputs(request.inputs);
  const values = new Float32Array(count * dimensions);
  const given = new AbortController();
  const partSignal = AbortSignal.any([signal, given.signal]);
  // One for each part, which leaves with it: Node would take the eleventh for a leak.
  setMaxListeners(parts.length, partSignal);
  const embedPart = async (part: Part, index: number): Promise<EmbeddingEndMeta> => {
    const target = values.subarray(part.from * dimensions, part.to * dimensions);
    const done = await embedWithRetry(group, name, takePart(request, part), partSignal, {
      cost: part.cost,
      rank,
      target,
    });
    // Its own slot goes back with the job.
    if (index > 0) lender?.giveSlots(1);
    return done;
  };
  const working = parts.map(embedPart);
  try {
    const totals = (await Promise.all(working)).reduce(addTotals);
    return { ...totals, vectors: { count, dimensions, values } satisfies VectorBlock };
  } finally {
    // Where one part failed, the others are not needed any more; their slots are free when they have stopped.
    given.abort();
    await Promise.allSettled(working);
  }
}

/** Lists that are checked as a whole before anything computes stay whole: their messages count from their start. */
function countPartsWanted(group: ReplicaGroup, request: ModelRequest, costs: readonly number[]): number {
  if (!request.truncate || request.inputs.kind === "tokens" || request.pooling === "none") return 1;
  if (request.tokenWork !== undefined) return 1;
  const useful = countUsefulParts(costs);
  if (useful === 1) return 1;
  return Math.max(1, Math.min(useful, group.ready.filter((replica) => replica.jobsUnderWay === 0).length));
}

function estimateCosts({ inputs }: ModelRequest, maxTokens: number): number[] {
  if (inputs.kind === "tokens") return inputs.tokens.map((ids) => Math.min(ids.length, maxTokens));
  if (inputs.kind === "texts") return inputs.texts.map((text) => estimateTextCost(text.length, maxTokens));
  return inputs.sequences.map(([first, second = ""]) =>
    estimateTextCost(first.length + second.length, maxTokens),
  );
}

function takePart(request: ModelRequest, { from, to }: Part): ModelRequest {
  return { ...request, inputs: sliceInputs(request.inputs, from, to) };
}

async function embedWithRetry(
  group: ReplicaGroup,
  name: string,
  request: ModelRequest,
  signal: AbortSignal,
  options: Parameters<EmbeddingReplica["embed"]>[2],
): Promise<ReplicaEmbeddings> {
  const first = group.pick();
  if (first === undefined) throw group.toUnreadyError(name);
  try {
    return await first.embed(request, signal, options);
  } catch (error) {
    const second = isReplicaLost(error) && !signal.aborted ? group.pick(first) : undefined;
    if (second === undefined) throw error;
    return second.embed(request, signal, options);
  }
}

function addTotals(a: EmbeddingEndMeta, b: EmbeddingEndMeta): EmbeddingEndMeta {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    truncated: a.truncated + b.truncated,
    rowTokens: [...a.rowTokens, ...b.rowTokens],
    truncatedRows: [...a.truncatedRows, ...b.truncatedRows.map((row) => a.rowTokens.length + row)],
    tokenizeMs: a.tokenizeMs + b.tokenizeMs,
    computeMs: a.computeMs + b.computeMs,
    batches: a.batches + b.batches,
    paddedTokens: a.paddedTokens + b.paddedTokens,
  };
}
