import { describe, expect, it } from "vitest";
import { toCaseFigures } from "./case-figures.ts";
import { visitsOf, type Behaviour } from "./fixtures/visits-of.ts";
import { judgeVectors } from "./judge-vectors.ts";
import { raiseRedFlags, type FlagContext } from "./raise-red-flags.ts";
import type { RedFlag } from "./red-flag.ts";
import { toSourceFlags } from "./source-flags.ts";
import type { SweepSettings } from "./sweep-case.ts";
import { createMatrix } from "./sweep-matrix.ts";

const { cases } = createMatrix({
  kind: "embeddings",
  quick: false,
  axes: { size: [500, 5_000], batch: [1, 8, 64], concurrency: [1, 2] },
  maxConcurrency: undefined,
  maxSize: undefined,
});

function flagsFor(
  behave: (settings: SweepSettings, repeat: number) => Behaviour,
  changes: Partial<FlagContext> = {},
): RedFlag[] {
  return raiseRedFlags({
    kind: "embeddings",
    source: { url: "http://127.0.0.1:1", shared: "", ofSweep: "" },
    unit: "texts",
    thresholds: { successShare: 1, unitsPerSecond: 30, p95Ms: 2_000, efficiency: 1.05 },
    vectors: null,
    figures: toCaseFigures(cases, visitsOf(cases, 3, behave)),
    info: null,
    host: "127.0.0.1:1",
    isLocal: true,
    loadAverage: 0.5,
    cores: 2,
    timeoutMs: 30_000,
    ...changes,
  });
}

const causesOf = ({ causes }: RedFlag): string[] =>
  causes.map(({ cause, seen }) => (seen ? cause : `${cause}?`));
/** Fast enough, short enough, and two users share. */
const fine = ({ batch = 1 }: SweepSettings): Behaviour => ({ rate: 100 * batch });

describe("red flags", () => {
  it("give a command that sends the same to the same place", () => {
    const slow = (): Behaviour => ({ rate: 5 });
    const nextOf = (
      source: Parameters<typeof toSourceFlags>[0]["source"],
      kind: "embeddings" | "pdf",
    ): string => {
      const request = { url: "http://127.0.0.1:1", source, headers: { authorization: "Bearer key" } };
      const axes =
        kind === "pdf" ? { dpi: [72], concurrency: [2] } : { size: [500], batch: [1], concurrency: [2] };
      const { cases: own } = createMatrix({
        kind,
        quick: false,
        axes,
        maxConcurrency: undefined,
        maxSize: undefined,
      });
      const figures = toCaseFigures(own, visitsOf(own, 3, slow));
      return flagsFor(slow, { kind, source: toSourceFlags(request), figures })[0]!.next;
    };
    const embeddings = {
      kind: "embeddings",
      dialect: "tei",
      model: "a b",
      cache: "warm",
      directory: "notes",
    } as const;
    expect(nextOf(embeddings, "embeddings")).toBe(
      `weir run http://127.0.0.1:1 --text-size 500 --batch 1 --users 2 --texts notes --dialect tei --model 'a b' --cache warm --header "authorization: ..." --warmup 10s --duration 30s`,
    );
    const pdf = {
      kind: "upload",
      method: "POST",
      path: "/pages?lang=en",
      files: ["scans/a/1.pdf", "scans/b/2.pdf"].map((path) => ({ path, bytes: 1 })),
      form: { kind: "raw" },
      expect: "2xx",
      dpiParameter: "res",
    } as const;
    // weir run knows no resolution.
    expect(nextOf(pdf, "pdf")).toBe(
      `weir sweep 'http://127.0.0.1:1/pages?lang=en' --workload pdf --dpis 72 --concurrency 2 --files scans --raw --header "authorization: ..." --dpi-param res --rounds 0 --warmup 10s --requests-per-case 72`,
    );
  });

  it("are none where all is well", () => {
    expect(flagsFor(fine)).toEqual([]);
  });

  it("say where requests fail, and by what they fail why", () => {
    const fail = (failure: string, message: string): RedFlag => {
      const failing = (settings: SweepSettings): Behaviour =>
        settings.batch === 64 ? { ...fine(settings), failed: 6, failure, message } : fine(settings);
      const [flag, ...others] = flagsFor(failing);
      expect(others).toEqual([]);
      expect(flag).toMatchObject({ kind: "success", cases: expect.any(Array) as string[] });
      expect(flag!.cases).toHaveLength(4);
      return flag!;
    };
    expect(causesOf(fail("timeout", "no answer"))).toEqual(["timeout"]);
    expect(fail("timeout", "no answer").next).toBe(
      "weir run http://127.0.0.1:1 --text-size 500 --batch 64 --users 1 --requests 20 --timeout 120s",
    );
    expect(causesOf(fail("http-413", "the batch has 64 texts, at most 32"))).toEqual(["batch"]);
    expect(causesOf(fail("http-400", "too many tokens"))).toEqual(["text size"]);
    expect(causesOf(fail("http-503", "full"))).toEqual(["contention"]);
    expect(fail("http-503", "full").sentence).toBe(
      "Success under 100 %: 75 % with 500 characters, batch 64, 1 user (4 cases of 12).",
    );
  });

  it("say what is slow, and whether batch, size, device or the machine is why", () => {
    const batchy = flagsFor(({ batch = 1 }) => ({ rate: batch === 1 ? 10 : 60 * batch }));
    expect(batchy).toHaveLength(1);
    expect(batchy[0]).toMatchObject({ kind: "rate" });
    expect(causesOf(batchy[0]!)).toEqual(["batch"]);
    const sized = flagsFor(({ size = 1, batch = 1 }) => ({ rate: (size > 500 ? 20 : 400) * batch ** 0.01 }));
    expect(causesOf(sized.find(({ kind }) => kind === "rate")!)).toEqual(["text size"]);
    const slow = (): Behaviour => ({ rate: 25 });
    const rateFlag = (changes: Partial<FlagContext>): RedFlag =>
      flagsFor(slow, changes).find(({ kind }) => kind === "rate")!;
    // Nothing speaks for anything: what it usually is.
    expect(causesOf(rateFlag({}))).toEqual(["device?", "contention?"]);
    expect(causesOf(rateFlag({ info: { device_type: "cpu" }, loadAverage: 9 }))).toEqual([
      "device",
      "contention",
    ]);
    expect(causesOf(rateFlag({ isLocal: false, host: "gpu:1" }))).toEqual(["not localhost"]);
    expect(
      flagsFor(slow, { thresholds: { successShare: 1, unitsPerSecond: null, p95Ms: 1e9, efficiency: 2 } }),
    ).toEqual([]);
  });

  it("see a server that was not warm", () => {
    const cold = flagsFor((_, repeat) => ({ rate: repeat === 0 ? 10 : 40 }));
    expect(causesOf(cold.find(({ kind }) => kind === "rate")!)).toContain("warm-up");
  });

  it("say what takes long: a large batch, or users who wait for each other", () => {
    const [flag] = flagsFor(({ batch = 1 }) => ({ rate: batch === 64 ? 31 : 90 }));
    expect(flag).toMatchObject({ kind: "latency" });
    expect(flag!.sentence).toContain("p95 is over 2,000 ms: 4,129 ms");
    expect(causesOf(flag!)).toContain("batch");
    const waiting = flagsFor(() => ({ rate: 40 })).find(({ kind }) => kind === "latency")!;
    expect(waiting.causes.map(({ evidence }) => evidence).join(" ")).toContain(
      "Requests wait for each other: one user alone has 1,600 ms",
    );
    const few = flagsFor(({ batch = 1 }) => ({ rate: batch === 64 ? 31 : 90, requests: 5 }))[0]!;
    expect(few.sentence).toContain("The longest request took over");
  });

  it("take an efficiency over 105 % for an error, unless the server computes requests together", () => {
    const steady = flagsFor(({ batch = 1, concurrency = 1 }) => ({ rate: 50 * batch * concurrency ** 1.3 }));
    expect(steady.map(({ kind }) => kind)).toEqual(["efficiency"]);
    expect(steady[0]!.next).toMatch(
      /^weir sweep .* --sizes \d+ --batches \d+ --concurrency 1,2 --requests-per-case 72 --repeats 5$/,
    );
    const together = flagsFor(({ batch = 1, concurrency = 1 }) => ({
      rate: batch === 1 ? 50 * concurrency ** 1.3 : 400,
    })).find(({ kind }) => kind === "efficiency")!;
    expect(causesOf(together)).toEqual(["batching across requests"]);
  });

  it("say that vectors change", () => {
    const seen = { underLoad: false, dimensions: 3, norms: [1], cosines: [], sameBits: false };
    const vectors = judgeVectors([seen, { ...seen, underLoad: true, cosines: [0.98] }], 1);
    const [flag] = flagsFor(fine, { vectors });
    expect(flag).toMatchObject({ kind: "vectors", next: "weir doctor http://127.0.0.1:1" });
    expect(flag!.sentence).toContain("1 time of 1, 1 of them under load, cosine 0.980000");
  });
});

describe("what kept texts say", () => {
  const first = { underLoad: false, dimensions: 3, norms: [1, 2], cosines: [], sameBits: false };

  it("is fine where vectors stay, whatever their length", () => {
    const findings = judgeVectors(
      [first, { ...first, underLoad: true, cosines: [1, 0.99999], sameBits: false }],
      2,
    );
    expect(findings).toMatchObject({ problems: [], dimensions: 3, underLoad: 1, sameBits: 0 });
    expect(findings.sentence).toBe(
      "2 kept texts: 3 dimensions, length 1 to 2; asked again 1 time, 1 under load: the same bits 0 of 1 times, else at most 1.0e-5 away (1 - cosine).",
    );
    expect(judgeVectors([first, { ...first, cosines: [1, 1], sameBits: true }], 2).sentence).toContain(
      "the same bits every time",
    );
  });

  it("is a problem where length or dimensions change", () => {
    expect(judgeVectors([first, { ...first, norms: [1, 1] }], 2).problems[0]).toContain("by 50.00 %");
    expect(judgeVectors([first, { ...first, dimensions: 4 }], 2).problems[0]).toContain("3 and 4 dimensions");
  });

  it("may be nothing", () => {
    expect(judgeVectors([], 4, ["The server did not answer."])).toMatchObject({
      dimensions: null,
      problems: [],
      unanswered: ["The server did not answer."],
    });
    expect(judgeVectors([first], 2).sentence).toContain("seen once");
  });
});
