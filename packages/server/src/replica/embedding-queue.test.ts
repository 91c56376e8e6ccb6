import { createEmbeddingPreparer } from "@weir/engine/echo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EmbeddingJobMeta } from "../link/link-messages.ts";
import {
  createEmbeddingQueue,
  PrepareFailure,
  type EmbeddingQueue,
  type QueuedBatch,
} from "./embedding-queue.ts";

const maxPaddedTokens = 100;

const meta: EmbeddingJobMeta = {
  kind: "embed",
  pooling: "mean",
  normalize: true,
  dimensions: 8,
  truncate: true,
  inputs: "texts",
  rank: 1,
  creditBytes: 1,
};

async function createQueue(): Promise<EmbeddingQueue> {
  const preparer = await createEmbeddingPreparer({ path: "", options: { maxTokens: 50 } });
  return createEmbeddingQueue(preparer, { maxPaddedTokens });
}

/** A text of so many tokens, the two special ones included. */
const textOf = (tokens: number): string => "w ".repeat(tokens - 2);

const add = (
  queue: EmbeddingQueue,
  jobId: number,
  tokens: readonly number[],
  how: Partial<EmbeddingJobMeta> = {},
): void => queue.add(jobId, { ...meta, ...how }, { kind: "texts", texts: tokens.map(textOf) });

/** Which rows of which jobs, e.g. `1:0,2 2:0`. */
const describeBatch = ({ parts }: QueuedBatch): string =>
  parts
    .map(
      ({ jobId, rows }) =>
        `${jobId}:${rows
          .map(({ row }) => row)
          .toSorted((a, b) => a - b)
          .join()}`,
    )
    .toSorted()
    .join(" ");

function prepareAll(queue: EmbeddingQueue): void {
  while (queue.prepareSome());
}

/** Tokenises what there is to do, and takes the next batch. */
function take(queue: EmbeddingQueue): QueuedBatch | undefined {
  prepareAll(queue);
  return queue.next();
}

function drain(queue: EmbeddingQueue): string[] {
  const batches: string[] = [];
  for (let batch = take(queue); batch !== undefined; batch = take(queue)) {
    batches.push(describeBatch(batch));
    queue.finish(batch, 1);
  }
  return batches;
}

describe("a replica's queue", () => {
  it("computes rows of several jobs together, as far as they are there when their turn comes", async () => {
    const queue = await createQueue();
    add(queue, 1, [10]);
    const first = take(queue)!;
    expect(describeBatch(first)).toBe("1:0");
    add(queue, 2, [10]);
    add(queue, 3, [9, 10]);
    prepareAll(queue);
    expect(queue.finish(first, 5)).toMatchObject([{ jobId: 1, totals: { computeMs: 5, batches: 1 } }]);
    const second = take(queue)!;
    expect(describeBatch(second)).toBe("2:0 3:0,1");
    expect([...second.batch.lengths].toSorted((a, b) => a - b)).toEqual([9, 10, 10]);
    const [two, three] = queue.finish(second, 6);
    expect(two!.totals).toMatchObject({ inputTokens: 10, rowTokens: [10], paddedTokens: 10 });
    expect(two!.totals.batches + three!.totals.batches).toBeCloseTo(1);
    expect(three!.totals).toMatchObject({ inputTokens: 19, rowTokens: [9, 10], paddedTokens: 20 });
    expect(queue.next()).toBeUndefined();
  });

  it("keeps rows apart whose lengths differ by more than a run costs", async () => {
    const queue = await createQueue();
    add(queue, 1, [50]);
    add(queue, 2, [4, 4]);
    prepareAll(queue);
    expect(drain(queue)).toEqual(["1:0", "2:0,1"]);
  });

  it("keeps rows apart that are not pooled alike", async () => {
    const queue = await createQueue();
    add(queue, 1, [10]);
    add(queue, 2, [10], { normalize: false });
    add(queue, 3, [10], { dimensions: 4 });
    add(queue, 4, [10], { pooling: "cls" });
    add(queue, 5, [10]);
    prepareAll(queue);
    expect(drain(queue)).toEqual(["1:0 5:0", "2:0", "3:0", "4:0"]);
  });

  it("lets a higher class go first, but not for ever", async () => {
    const queue = await createQueue();
    add(queue, 1, Array<number>(40).fill(50));
    let turns = "";
    for (let jobId = 2; jobId < 17; jobId++) {
      add(queue, jobId, [5], { rank: 0 });
      const batch = take(queue)!;
      turns += batch.parts[0]!.jobId === 1 ? "L" : "s";
      queue.finish(batch, 1);
    }
    expect(turns).toBe("ssssLssssLssssL");
  });

  it("computes others while a job is tokenised whole, and counts its inputs from the first", async () => {
    const queue = await createQueue();
    add(queue, 1, [...Array<number>(70).fill(10), 60], { truncate: false });
    queue.prepareSome();
    expect(queue.next()).toBeUndefined();
    add(queue, 2, [10]);
    queue.prepareSome();
    expect(describeBatch(queue.next()!)).toBe("2:0");
    expect(() => prepareAll(queue)).toThrow(
      expect.objectContaining({
        jobId: 1,
        cause: expect.objectContaining({ message: expect.stringContaining("text 70 has more") }),
      }),
    );
  });

  it("fails only the job that cannot be prepared", async () => {
    const queue = await createQueue();
    add(queue, 1, [60], { truncate: false });
    add(queue, 2, [10]);
    expect(() => queue.prepareSome()).toThrow(PrepareFailure);
    expect(drain(queue)).toEqual(["2:0"]);
  });

  it("computes jobs by themselves after a batch of several failed, and names the one at fault", async () => {
    const queue = await createQueue();
    for (const jobId of [1, 2, 3]) add(queue, jobId, [10]);
    prepareAll(queue);
    const together = take(queue)!;
    expect(queue.fail(together)).toBeUndefined();
    const alone = take(queue)!;
    expect(describeBatch(alone)).toBe("1:0");
    expect(queue.fail(alone)).toBe(1);
    queue.drop(1);
    const [ended] = queue.finish(queue.next()!, 3);
    // What failed does not count.
    expect(ended).toMatchObject({ jobId: 2, totals: { batches: 1, paddedTokens: 10, computeMs: 3 } });
    expect(drain(queue)).toEqual(["3:0"]);
  });

  it("has every row once whatever comes and goes, in batches within their budget", async () => {
    const preparer = await createEmbeddingPreparer({ path: "", options: { maxTokens: 50 } });
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("add" as const),
        tokens: fc.array(fc.integer({ min: 2, max: 60 }), { minLength: 1, maxLength: 80 }),
        rank: fc.integer({ min: 0, max: 2 }),
        normalize: fc.boolean(),
      }),
      fc.record({
        kind: fc.constantFrom("next" as const, "finish" as const, "fail" as const, "prepare" as const),
      }),
      fc.record({ kind: fc.constant("drop" as const), pick: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = createEmbeddingQueue(preparer, { maxPaddedTokens });
        const wanted = new Map<number, Set<number>>();
        let jobId = 0;
        let underWay: QueuedBatch | undefined;
        const finish = (batch: QueuedBatch): void => {
          for (const part of batch.parts) {
            for (const { row } of part.rows) {
              const rows = wanted.get(part.jobId);
              expect(rows === undefined || rows.delete(row)).toBe(true);
            }
          }
          for (const ended of queue.finish(batch, 1)) {
            expect(wanted.get(ended.jobId)?.size).toBe(0);
            expect(ended.totals.paddedTokens).toBeGreaterThanOrEqual(ended.totals.inputTokens - 1e-9);
            wanted.delete(ended.jobId);
          }
          underWay = undefined;
        };
        const next = (): void => {
          underWay ??= queue.next();
          if (underWay === undefined) return;
          const rows = underWay.parts.flatMap((part) => part.rows);
          expect(underWay.paddedTokens).toBeLessThanOrEqual(maxPaddedTokens);
          expect(Array.from(underWay.batch.lengths)).toEqual(rows.map(({ tokenIds }) => tokenIds.length));
        };
        for (const each of steps) {
          if (each.kind === "add") {
            add(queue, ++jobId, each.tokens, { rank: each.rank, normalize: each.normalize });
            wanted.set(jobId, new Set(each.tokens.keys()));
          } else if (each.kind === "prepare") queue.prepareSome();
          else if (each.kind === "next") next();
          else if (each.kind === "finish" && underWay !== undefined) finish(underWay);
          else if (each.kind === "fail" && underWay !== undefined) {
            const atFault = queue.fail(underWay);
            if (atFault !== undefined) {
              queue.drop(atFault);
              wanted.delete(atFault);
            }
            underWay = undefined;
          } else if (each.kind === "drop" && jobId > 0) {
            const dropped = 1 + (each.pick % jobId);
            queue.drop(dropped);
            wanted.delete(dropped);
          }
        }
        prepareAll(queue);
        for (next(); underWay !== undefined; next()) {
          finish(underWay);
          prepareAll(queue);
        }
        expect(wanted.size).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
