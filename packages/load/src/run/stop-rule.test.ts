import { describe, expect, it } from "vitest";
import { RunLedger } from "./run-ledger.ts";
import { StopRule } from "./stop-rule.ts";

const limits = { unreachableAfterMs: 700, nothingWorkedAfterMs: 1000, lostAfterMs: 4000 };

describe("StopRule", () => {
  it("calls a target unreachable after three refused connections over some time", () => {
    const rule = new StopRule(new RunLedger(), 1, limits);
    expect(rule.failed("no-connection", 0)).toBeUndefined();
    expect(rule.failed("no-connection", 800)).toBeUndefined();
    expect(rule.failed("no-connection", 801)).toEqual({ kind: "target-unreachable", failuresInARow: 3 });
  });

  it("does not call it so when a thousand users fail at once, or when it once accepted a connection", () => {
    const crowd = new StopRule(new RunLedger(), 1000, limits);
    for (let user = 0; user < 1000; user += 1) expect(crowd.failed("no-connection", 1)).toBeUndefined();
    const accepted = new StopRule(new RunLedger(), 1, limits);
    accepted.failed("no-answer", 0);
    for (let at = 100; at < 900; at += 100) expect(accepted.failed("no-connection", at)).toBeUndefined();
    expect(accepted.failed("bad-answer", 1000)).toMatchObject({ kind: "nothing-worked", failuresInARow: 10 });
  });

  it("forgets a row of failures at one success", () => {
    const rule = new StopRule(new RunLedger(), 1, limits);
    for (let at = 0; at < 100; at += 1) {
      expect(rule.failed("no-answer", at * 1000)).toBeUndefined();
      rule.succeeded(0);
    }
  });

  it("calls a target lost that is silent for long, and sits out a restart", () => {
    const rule = new StopRule(new RunLedger(), 4, limits);
    rule.succeeded(0);
    for (let at = 10_000; at < 14_000; at += 200) expect(rule.failed("no-connection", at)).toBeUndefined();
    expect(rule.failed("no-connection", 14_000)).toMatchObject({ kind: "target-lost" });
  });

  it("calls a target failing that only answers with errors: later than one that is silent", () => {
    const rule = new StopRule(new RunLedger(), 4, limits);
    rule.succeeded(0);
    const reasons = Array.from({ length: 200 }, (_, index) => rule.failed("bad-answer", 10_000 + index * 40));
    const first = reasons.findIndex((reason) => reason !== undefined);
    expect(first).toBe(100);
    expect(reasons[first]).toEqual({ kind: "failing", failuresInARow: 101 });
  });
});
