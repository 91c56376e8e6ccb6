import { expect, it } from "vitest";
import { listPids, toRequest, useEchoPools } from "../fixtures/echo-pool.ts";
import { until } from "../fixtures/http-user.ts";
import type { ReplicaEvent } from "../replica/replica-events.ts";

const startEcho = useEchoPools();
const signal = new AbortController().signal;

it("ends every process, refuses jobs, and starts as many again, once however many ask", async () => {
  const events: ReplicaEvent["kind"][] = [];
  const slots: number[] = [];
  await using pool = await startEcho(
    {},
    { onEvent: ({ kind }) => void events.push(kind), onSlotsChange: (count) => void slots.push(count) },
  );
  const before = listPids(pool);
  const { info } = pool;
  await pool.sleep(() => undefined);
  expect(pool.state.kind).toBe("ready");

  await pool.sleep(() => 1_000);
  expect(pool).toMatchObject({ state: { kind: "asleep", failure: undefined }, replicas: [], slots: 0, info });
  for (const pid of before) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  await expect(pool.embed(toRequest(["a"]), signal)).rejects.toMatchObject({ code: "NOT_READY" });

  const waking = [pool.wake(), pool.wake()];
  expect(pool.state.kind).toBe("loading");
  await Promise.all([...waking, pool.wake()]);
  await pool.wake();
  expect(pool).toMatchObject({ state: { kind: "ready" }, slots: 4 });
  expect((await pool.embed(toRequest(["a"]), signal)).vectors.count).toBe(1);
  expect(events.filter((kind) => kind === "unloaded" || kind === "loaded")).toEqual(["unloaded", "loaded"]);
  expect(slots).toContain(0);
  expect(slots.at(-1)).toBe(4);
});

it("stays where it is in trouble, unless somebody wants it gone", async () => {
  await using pool = await startEcho({}, { replicas: 1 });
  process.kill(listPids(pool)[0]!, "SIGKILL");
  await until(() => pool.state.kind !== "ready");
  await pool.sleep(() => 1_000);
  expect(pool.state.kind).not.toBe("asleep");
  await pool.sleep(() => 0);
  expect(pool.state.kind).toBe("asleep");
});
