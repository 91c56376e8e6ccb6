import { describe, expect, it } from "vitest";
import { CircuitBreaker, defaultCircuit } from "./circuit-breaker.ts";

const { openMs, windowMs, proveMs } = defaultCircuit;

describe("CircuitBreaker", () => {
  it("doubles the pause, then opens", () => {
    const circuit = new CircuitBreaker();
    const pauses = [0, 1_000, 2_000, 3_000].map((atMs) => circuit.noteCrash(atMs, 0));
    expect(pauses).toEqual([100, 200, 400, 800]);
    expect(circuit.state(3_000)).toEqual({ kind: "closed" });
    expect(circuit.noteCrash(4_000, 0)).toBe(openMs);
    expect(circuit.state(4_000)).toEqual({ kind: "open", untilMs: 4_000 + openMs });
    expect(circuit.state(4_000 + openMs)).toEqual({ kind: "half-open" });
  });

  it("forgets crashes that are long ago", () => {
    const circuit = new CircuitBreaker();
    for (let at = 0; at < 50; at++) expect(circuit.noteCrash(at * windowMs, 0)).toBe(100);
    expect(circuit.state(50 * windowMs).kind).toBe("closed");
  });

  function opened(): { circuit: CircuitBreaker; trialMs: number } {
    const circuit = new CircuitBreaker();
    for (let crash = 0; crash < defaultCircuit.crashes; crash++) circuit.noteCrash(0, 0);
    return { circuit, trialMs: openMs };
  }

  it("opens again when the trial fails, for no longer than before", () => {
    const { circuit, trialMs } = opened();
    expect(circuit.noteCrash(trialMs + 10, 0)).toBe(openMs);
    expect(circuit.state(trialMs + 10 + openMs).kind).toBe("half-open");
  });

  it("closes when the trial has lived long enough, and starts counting from nothing", () => {
    const { circuit, trialMs } = opened();
    circuit.noteReady(trialMs);
    expect(circuit.state(trialMs + proveMs - 1).kind).toBe("half-open");
    expect(circuit.state(trialMs + proveMs).kind).toBe("closed");
    expect(circuit.noteCrash(trialMs + proveMs, 0)).toBe(100);
  });

  it("does not count one that did its work for a while, and takes that as proof in a trial", () => {
    const circuit = new CircuitBreaker();
    for (let at = 0; at < 100; at++) expect(circuit.noteCrash(at, defaultCircuit.provedJobs)).toBe(100);
    expect(circuit.state(100).kind).toBe("closed");
    const { circuit: trial, trialMs } = opened();
    trial.noteReady(trialMs);
    expect(trial.noteCrash(trialMs + 1, defaultCircuit.provedJobs)).toBe(100);
    expect(trial.state(trialMs + 1).kind).toBe("closed");
  });
});
