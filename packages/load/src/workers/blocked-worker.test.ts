import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { planFor } from "../fixtures/plan-for.ts";
import { startPathServer } from "../fixtures/path-server.ts";
import { parseHttpTarget } from "../http/http-target.ts";
import type { LoadPlan } from "../run/load-plan.ts";
import { RunLedger } from "../run/run-ledger.ts";
import { planScenario } from "../scenario/scenario-workload.ts";
import { WorkerTeam } from "./worker-team.ts";

describe("a worker whose event loop is blocked", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "weir-blocked-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** Users of whom those that `blocks` is true of never come back from their third turn. */
  async function planOf(url: string, blocks: string): Promise<LoadPlan> {
    const file = path.join(folder, "scenario.ts");
    const code = `export default { name: "x", *user({ index, turn }) {
      yield { path: "/" + index };
      while (turn === 2 && ${blocks}) {}
    } };`;
    await writeFile(file, code);
    const workload = planScenario(file, parseHttpTarget(url), {});
    return { ...planFor(url, { users: 2, stop: { durationMs: 60_000 } }), workload };
  }

  function teamOf(plan: LoadPlan, workers: number, patience = { silentMs: 300, endMs: 300 }): WorkerTeam {
    const ledger = new RunLedger().memory;
    const rest = {
      workers,
      ledger,
      progressIntervalMs: 20,
      stopLimits: undefined,
      sampleDirectory: undefined,
    };
    return new WorkerTeam(
      Array.from({ length: workers }, (_, worker) => ({ plan, worker, extensible: false, ...rest })),
      { ...patience, writeMs: 30_000 },
    );
  }

  async function start(team: WorkerTeam): Promise<void> {
    await team.ready();
    team.tell({ kind: "start", atNs: process.hrtime.bigint() });
    team.watch();
  }

  it("is given up without being asked, and what the others have seen is kept", async () => {
    await using server = await startPathServer();
    const team = teamOf(await planOf(server.url, "index === 1"), 2);
    await start(team);
    const { parts, lost } = await team.results();
    expect(lost).toEqual([
      expect.stringMatching(/worker 1 of 2 was silent for 0\.3 s.*event loop is blocked/),
    ]);
    expect(parts).toHaveLength(1);
    expect(parts[0]!.end).toEqual({ kind: "interrupted" });
    expect(parts[0]!.window.whole.counts.completed).toBeGreaterThan(2);
  });

  it("fails the run where no other has seen anything", async () => {
    await using server = await startPathServer();
    const team = teamOf(await planOf(server.url, "true"), 1);
    await start(team);
    await expect(team.results()).rejects.toThrow("event loop is blocked: the scenario did not yield");
  });

  it("does not keep an interrupted run waiting", async () => {
    await using server = await startPathServer();
    const team = teamOf(await planOf(server.url, "index === 1"), 2, { silentMs: 600_000, endMs: 300 });
    await start(team);
    await expect.poll(() => server.paths.filter((seen) => seen === "/1").length).toBe(3);
    team.end();
    const { parts, lost } = await team.results();
    expect(lost).toEqual([expect.stringMatching(/worker 1 of 2 did not react within 0\.3 s/)]);
    expect(parts).toHaveLength(1);
  });
});
