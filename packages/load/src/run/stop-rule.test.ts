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

  it("never ends by bad answers where 0 failures were asked for, and later where nothing listens", () => {
    const rule = new StopRule(new RunLedger(), 1, limits, { failures: 0 });
    rule.succeeded(0);
    for (let at = 0; at < 60_000; at += 100) expect(rule.failed("bad-answer", at)).toBeUndefined();
    for (let at = 60_000; at < 90_000; at += 100) expect(rule.failed("no-answer", at)).toBeUndefined();
    const closed = new StopRule(new RunLedger(), 1, limits, { failures: 0 });
    for (let at = 0; at < 7000; at += 100) expect(closed.failed("no-connection", at)).toBeUndefined();
    expect(closed.failed("no-connection", 7000)).toMatchObject({ kind: "target-unreachable" });
  });

  it("decides nothing while a request is worked on for longer than those that were refused", () => {
    let oldestPendingMs = 0;
    const rule = new StopRule(new RunLedger(), 10, limits, {}, () => oldestPendingMs);
    for (let at = 10; at < 3000; at += 10) expect(rule.failed("bad-answer", at, 2)).toBeUndefined();
    // What is in flight now is younger than what was refused took.
    oldestPendingMs = 2999;
    expect(rule.failed("bad-answer", 3000, 2)).toMatchObject({ kind: "nothing-worked" });
    const later = new StopRule(new RunLedger(), 10, limits, {}, () => 0);
    later.succeeded(0);
    for (let at = 10; at < 9000; at += 10) expect(later.failed("bad-answer", at, 2)).toBeUndefined();
    // All of them take long, none is an exception.
    const slow = new StopRule(new RunLedger(), 1, limits, {}, () => 0);
    for (const at of [2000, 2001, 2002, 2003]) slow.failed("bad-answer", at, 2000);
    expect(slow.failed("bad-answer", 3100, 3000)).toMatchObject({ kind: "nothing-worked" });
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
