import { describe, expect, it } from "vitest";
import { listPids, toRequest, useEchoPools } from "../fixtures/echo-pool.ts";
import { queueBackend } from "./queued-backend.ts";

const startEcho = useEchoPools();
const terms = { key: { id: "key" } };

/** Long enough for whatever is on its way within this process. */
async function severalTurns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe("a model behind its queue", () => {
  it("knows its rate before the first request, from batches that grow and are not counted as jobs", async () => {
    await using model = queueBackend({
      kind: "replicas",
      pool: await startEcho({ blockMs: 30 }, { replicas: 1 }),
    });
    await model.calibrate(new AbortController().signal);
    const { rate } = model.admissionStats();
    // A text of about sixty tokens by itself takes 30 ms, among others less.
    expect(rate!.leastMsPerCost).toBeLessThan(1);
    // Two share the replica: each has its slot for twice as long.
    expect(rate!.msPerCost).toBeCloseTo(2 * rate!.leastMsPerCost);
    expect(model.replicas.map(({ jobsDone }) => jobsDone)).toEqual([0]);
  });

  it("answers a client that goes away at once, and gives its slot on when the replica has let go of the job", async () => {
    const pool = await startEcho({}, { replicas: 1 });
    await using model = queueBackend({ kind: "replicas", pool });
    const [pid] = listPids(pool);
    process.kill(pid!, "SIGSTOP");
    const client = new AbortController();
    const asked = model.embed(toRequest(["a"]), terms, client.signal);
    await severalTurns();
    client.abort();
    await expect(asked).rejects.toMatchObject({ code: "CANCELLED" });
    await severalTurns();
    expect(model.admissionStats().slotsInUse).toBeGreaterThan(0);
    expect(model.admissionStats().runningJobs).toBe(1);
    process.kill(pid!, "SIGCONT");
    await model.drain(20_000);
    expect(model.admissionStats()).toMatchObject({ slotsInUse: 0, runningJobs: 0 });
  });
});
