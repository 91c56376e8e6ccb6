import { describe, expect, it } from "vitest";
import { attributeTime, type ServerTimes, type TimesOfRun } from "./attribute-time.ts";
import type { RecordedWhere } from "./server-record.ts";

const silent: ServerTimes = { serverMs: null, queueMs: null, modelMs: null };
const base: TimesOfRun = { responseMs: 110, serviceMs: 100, headers: silent, metrics: silent };

function check(where: RecordedWhere | null): Record<string, number> {
  const { parts, responseMs } = where!;
  // Whatever was said, the parts are the response.
  expect(parts.reduce((sum, { ms }) => sum + ms, 0)).toBeCloseTo(responseMs, 9);
  expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
  return Object.fromEntries(parts.map(({ part, ms }) => [part, Number(ms.toFixed(6))]));
}

describe("attributeTime", () => {
  it("divides a response, and says what most of it is", () => {
    const { where, notes } = attributeTime({ ...base, headers: { serverMs: 95, queueMs: 78, modelMs: 15 } });
    expect(check(where)).toEqual({ lag: 10, "network and client": 5, "web layer": 2, queue: 78, model: 15 });
    expect(where!.sentence).toBe(
      "71 % of a response is queue: more requests at a time than the model takes.",
    );
    expect(notes).toEqual([]);
  });

  it("names the two largest where none is most of it", () => {
    const { where } = attributeTime({ ...base, headers: { serverMs: 60, queueMs: 50, modelMs: 5 } });
    expect(where!.sentence).toBe("45 % of a response is queue, 36 % network and client.");
  });

  it("takes from metrics what answers do not say", () => {
    const { where } = attributeTime({
      ...base,
      headers: { serverMs: 90, queueMs: null, modelMs: null },
      metrics: { serverMs: 70, queueMs: 20, modelMs: 60 },
    });
    expect(check(where)).toEqual({
      lag: 10,
      "network and client": 10,
      "web layer": 10,
      queue: 20,
      model: 60,
    });
    expect(where!.parts.map(({ source }) => source)).toEqual([
      "client",
      "difference",
      "difference",
      "metrics",
      "metrics",
    ]);
  });

  it.each([
    [
      { ...silent, serverMs: 40 },
      { lag: 10, "network and client": 60, server: 40 },
    ],
    [
      { ...silent, modelMs: 40 },
      { lag: 10, "not accounted for": 60, model: 40 },
    ],
    [
      { ...silent, serverMs: 90, modelMs: 40 },
      { lag: 10, "network and client": 10, "not accounted for": 50, model: 40 },
    ],
  ])("makes nothing up: %j", (metrics, parts) => {
    expect(check(attributeTime({ ...base, metrics }).where)).toEqual(parts);
  });

  it("says nothing where the server says nothing", () => {
    expect(attributeTime(base)).toEqual({ where: null, notes: [] });
    expect(attributeTime({ ...base, responseMs: 0, serviceMs: 0 }).where).toBeNull();
  });

  it("does not believe more time than there was, but for what two clocks differ by", () => {
    const much = attributeTime({ ...base, metrics: { ...silent, serverMs: 400, modelMs: 30 } });
    expect(check(much.where)).toEqual({ lag: 10, "not accounted for": 70, model: 30 });
    expect(much.notes).toEqual([
      "the server says 400 ms for a request as a whole (metrics), and there is room for 100 ms at most: it counts other requests too, or in another unit. Not used.",
    ]);
    const alike = attributeTime({ ...base, headers: { serverMs: 101, queueMs: 40, modelMs: 61 } });
    expect(check(alike.where)).toEqual({ lag: 10, queue: 40, model: 60 });
    expect(alike.notes).toEqual([]);
  });

  it("does not believe more of the model's work than fits, as it is summed over what runs side by side", () => {
    const { where, notes } = attributeTime({ ...base, headers: { serverMs: 95, queueMs: 20, modelMs: 300 } });
    expect(check(where)).toEqual({ lag: 10, "network and client": 5, queue: 20, model: 75 });
    expect(notes[0]).toContain("sums up what runs side by side");
  });
});
