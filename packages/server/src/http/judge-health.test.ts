import { describe, expect, it } from "vitest";
import type { ReplicaStatus } from "../models/embedding-backend.ts";
import {
  describeOutage,
  describeRest,
  describeUnreadiness,
  judgeHealth,
  type JudgedModel,
} from "./judge-health.ts";

function model(name: string, kinds: readonly ReplicaStatus["kind"][], isCrowded = false): JudgedModel {
  const up = kinds.includes("ready");
  return {
    name,
    state: up
      ? { kind: "ready", pid: 1, restarts: 0 }
      : {
          kind: "circuit-open",
          restarts: 5,
          retryAfterMs: 1_000,
          lastLines: ["loading", "out of memory", "    at load (/srv/engine.js:1:2)"],
        },
    replicas: kinds.map((kind, place) => ({
      place,
      kind,
      pid: kind === "ready" ? place + 1 : undefined,
      jobsUnderWay: 0,
      jobsDone: 0,
      rssBytes: undefined,
    })),
    isCrowded,
  };
}

describe("health", () => {
  it("is ok when every replica is up", () => {
    expect(judgeHealth("serving", [model("a", ["ready", "ready"])])).toEqual({ kind: "ok", causes: [] });
  });

  it("is degraded when a replica is down and another serves; that is ready all the same", () => {
    const models = [model("a", ["ready", "starting"])];
    expect(judgeHealth("serving", models)).toEqual({
      kind: "degraded",
      causes: ["a: replica 1 is starting"],
    });
    expect(describeUnreadiness("serving", models)).toBeUndefined();
  });

  it("is degraded when a queue is nearly full; that is not ready, and no outage", () => {
    const models = [model("a", ["ready"], true)];
    expect(judgeHealth("serving", models).kind).toBe("degraded");
    expect(describeUnreadiness("serving", models)).toBe("a: its queue is nearly full");
    expect(describeOutage("serving", models)).toBeUndefined();
  });

  it("is ok, ready and says so while a model is asleep or being loaded; a failed load degrades it", () => {
    const rest = (state: JudgedModel["state"]): JudgedModel => ({ ...model("a", [], true), state });
    const asleep = [rest({ kind: "asleep", failure: undefined }), model("b", ["ready"])];
    const cause = "a: asleep, the next request loads it";
    expect(judgeHealth("serving", asleep)).toEqual({ kind: "ok", causes: [cause] });
    expect(describeUnreadiness("serving", asleep)).toBeUndefined();
    expect(describeOutage("serving", asleep)).toBeUndefined();

    const loading = [{ ...rest({ kind: "loading" }), isCrowded: false }];
    expect(judgeHealth("serving", loading)).toEqual({ kind: "ok", causes: ["a: loading"] });
    expect(describeUnreadiness("serving", loading)).toBeUndefined();

    const failed = [rest({ kind: "asleep", failure: "no model at /home/ann/models/mini" })];
    const why =
      "a: asleep, and could not be loaded when it was last asked for: no model at mini; the next request tries again";
    expect(judgeHealth("serving", failed)).toEqual({
      kind: "degraded",
      causes: [why],
    });
    // What /health and /health/ready give as the reason.
    expect(describeRest(failed)).toEqual([why]);
    expect(describeUnreadiness("serving", failed)).toBeUndefined();
  });

  it("is failing when a model has no replica, and says what that printed last", () => {
    const models = [model("a", ["circuit-open"]), model("b", ["ready", "starting"])];
    const { kind, causes } = judgeHealth("serving", models);
    expect(kind).toBe("failing");
    expect(causes).toEqual([
      "a: no replica is up (kept from starting after it ended too often): out of memory",
      "b: replica 1 is starting",
    ]);
    expect(describeUnreadiness("serving", models)).toBe(causes[0]);
  });

  it("is failing before the models are there, without any, and once the server drains", () => {
    const models = [model("a", ["ready"])];
    expect(judgeHealth("starting", [])).toEqual({ kind: "failing", causes: ["starting"] });
    expect(judgeHealth("serving", [])).toEqual({ kind: "failing", causes: ["no model is loaded"] });
    expect(judgeHealth("draining", models)).toEqual({ kind: "failing", causes: ["draining"] });
  });
});
