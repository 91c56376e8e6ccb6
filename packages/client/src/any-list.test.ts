import { WeirError } from "@weir/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createClient } from "./create-client.ts";
import { vectorAt } from "./embed-list.ts";
import { answerError, startServer } from "./fixtures/text-server.ts";

const poison = "!";

/** A direction that depends on the text alone. */
function toVector(text: string): readonly [number, number] {
  let hash = 7;
  for (let index = 0; index < text.length; index += 1) hash = (hash * 31 + text.charCodeAt(index)) % 6_283;
  return [Math.cos(hash / 1_000), Math.sin(hash / 1_000)];
}

it("gives every text its own vector and blames only those at fault, whatever the sizes", async () => {
  let refusals = 0;
  await using server = await startServer((texts, response) => {
    // Every fifth request meets a full queue.
    refusals = (refusals + 1) % 5;
    if (refusals === 0) {
      return answerError(new WeirError("QUEUE_FULL", "full"), response, { "retry-after-ms": "0" });
    }
    if (texts.some((text) => text.includes(poison))) return void response.writeHead(422).end("{}");
    const data = texts.map((text, index) => ({ index, embedding: toVector(text) }));
    return void response.end(JSON.stringify({ data: data.toReversed() }));
  });
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c", " "), minLength: 1, maxLength: 20 });
  const texts = fc.array(
    fc.oneof({ weight: 9, arbitrary: text }, { weight: 1, arbitrary: fc.constant(poison) }),
    {
      maxLength: 40,
    },
  );
  const sizes = fc.record({
    batchSize: fc.integer({ min: 1, max: 9 }),
    concurrency: fc.integer({ min: 1, max: 4 }),
    textSizeLimit: fc.integer({ min: 2, max: 12 }),
    longTexts: fc.constantFrom("truncate", "split", "error"),
  });
  await fc.assert(
    fc.asyncProperty(texts, sizes, async (list, options) => {
      const client = createClient({ url: server.url, retries: 9, ...options });
      const result = await client.embed(list, { onError: "collect" });
      const { textSizeLimit, longTexts } = options;
      const isLong = (candidate: string): boolean => candidate.length > textSizeLimit;
      const failed = [...list.keys()].filter(
        (index) => list[index] === poison || (longTexts === "error" && isLong(list[index]!)),
      );
      expect(result.failures.map(({ index }) => index)).toEqual(failed);
      const changed = [...list.keys()].filter((index) => longTexts !== "error" && isLong(list[index]!));
      expect(result.changes.map(({ index }) => index)).toEqual(changed);
      for (const [index, whole] of list.entries()) {
        if (failed.includes(index) || changed.includes(index)) continue;
        expect(vectorAt(result.vectors, index)).toEqual(Float32Array.from(toVector(whole)));
      }
      for (const change of result.changes) {
        const whole = list[change.index]!;
        const [bodies, rows] =
          change.kind === "truncated"
            ? [[whole.slice(0, change.keptCharacters)], [vectorAt(result.vectors, change.index)]]
            : [
                change.pieces.map(({ start, end }) => whole.slice(start, end)),
                change.pieces.map((_, row) => vectorAt(change.pieceVectors, row)),
              ];
        expect(rows).toEqual(bodies.map((body) => Float32Array.from(toVector(body))));
      }
    }),
    { numRuns: 60 },
  );
});
