import { describe, expect, it } from "vitest";
import { cutEverywhere } from "./cut-everywhere.ts";

describe("cutEverywhere", () => {
  it("delivers the same bytes every time, never an empty piece", () => {
    const recording = Buffer.from("data: é\n\n");
    const deliveries = [...cutEverywhere(recording)];
    expect(deliveries).toHaveLength(recording.length + 1);
    for (const pieces of deliveries) {
      expect(Buffer.concat(pieces)).toEqual(recording);
      expect(pieces.filter((piece) => piece.length === 0)).toEqual([]);
    }
  });

  it("cuts once at every place, and between all bytes", () => {
    const cuts = [...cutEverywhere(Buffer.from("abc"))].map((pieces) =>
      pieces.map((piece) => Buffer.from(piece).toString()),
    );
    expect(cuts).toEqual([["abc"], ["a", "b", "c"], ["a", "bc"], ["ab", "c"]]);
  });
});
