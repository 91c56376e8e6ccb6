import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeFolder, startTalk, type Talk } from "./fixtures/memory-with-files.ts";

const never = new AbortController().signal;

/** The least that a conversation can be made of: few words, so that beginnings are shared by accident too. */
const words = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 60 });

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant("turn" as const), who: fc.nat(4), key: fc.nat(1), words }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("both" as const), who: fc.nat(4), key: fc.nat(1), words }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("persist" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const), isCrash: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("limit" as const), count: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("delete" as const), who: fc.nat(4), key: fc.nat(1) }),
  },
);

describe("whatever is asked in whatever order", () => {
  it("a slot holds a beginning of the prompt, of tokens of that key, within the budgets", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 40 }),
        fc.nat(30_000),
        async (steps, diskBytes) => {
          const directory = await makeFolder();
          const start = () => startTalk(3, { states: { directory, diskBytes, failurePauseMs: 0 } });
          let talk = await start();
          const said = new Map<string, number[]>();
          /** A key's tokens are marked with it: what crosses over would be no prefix of any of its prompts. */
          const one = async ({ memory }: Talk, keyId: number, who: number, more: number[]): Promise<void> => {
            const name = `${keyId}/${who}`;
            const prompt = [...(said.get(name) ?? [keyId, 7]), ...more.map((word) => word * 2 + keyId)];
            // The last of them has no name.
            const agent = { keyId: `k${keyId}`, id: who === 4 ? undefined : `a${who}` };
            const lease = await memory.acquire({ agent, prompt, rank: 0, prefixTokens: 40 }, never);
            const held = Array.from(lease.slot.tokens);
            expect(held).toEqual(prompt.slice(0, lease.reusedTokens));
            expect(lease.reusedTokens).toBeLessThan(prompt.length);
            await Promise.resolve();
            expect(Array.from(lease.slot.tokens)).toEqual(held);
            lease.slot.compute([...prompt, 9]);
            lease.release({ intact: true, turn: true });
            said.set(name, prompt.length > 600 ? [keyId, 7] : [...prompt, 9]);
          };
          for (const now of steps) {
            if (now.kind === "turn") await one(talk, now.key, now.who, now.words);
            else if (now.kind === "both") {
              const others = [0, 1, 2, 3].map((who) => one(talk, now.key, who, now.words));
              await Promise.all([...others, one(talk, now.key, now.who, now.words.toReversed())]);
            } else if (now.kind === "persist") await talk.memory.persist(never);
            else if (now.kind === "limit") talk.memory.setHotLimit(now.count);
            else if (now.kind === "delete") await talk.memory.deleteAgent(`k${now.key}`, `a${now.who}`);
            else {
              if (!now.isCrash) await talk.memory[Symbol.asyncDispose]();
              talk = await start();
            }
            const { stats } = talk.memory;
            expect(stats.diskBytes).toBeLessThanOrEqual(diskBytes);
            expect(stats).toMatchObject({ saveFailures: 0, restoreFailures: 0 });
          }
          await talk.memory[Symbol.asyncDispose]();
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe("ten agents on four sequences", () => {
  it("compute next to nothing twice", async () => {
    const rate = async (turnCount: number): Promise<number> => {
      let seed = 1;
      const random = (below: number): number => {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
        return Math.floor((seed / 2 ** 32) * below);
      };
      const { memory, turn } = await startTalk(4, {
        states: { directory: await makeFolder() },
        slot: { tokenBytes: 4 },
      });
      const system = Array.from({ length: 400 }, () => random(50_000));
      const said = Array.from({ length: 10 }, () => system);
      for (let turns = 0; turns < turnCount; turns++) {
        for (const [agent, before] of said.entries()) {
          const prompt = [...before, ...Array.from({ length: 40 + random(40) }, () => random(50_000))];
          const answer = Array.from({ length: 20 + random(20) }, () => random(50_000));
          await turn(`agent-${agent}`, prompt, answer, { prefixTokens: 400 });
          said[agent] = [...prompt, ...answer];
        }
      }
      const { reusedTokens, evaluatedTokens, saveFailures, restoreFailures } = memory.stats;
      expect({ saveFailures, restoreFailures }).toEqual({ saveFailures: 0, restoreFailures: 0 });
      return reusedTokens / (reusedTokens + evaluatedTokens);
    };
    expect(await rate(8)).toBeGreaterThan(0.85);
  });
});
