import { describe, expect, it } from "vitest";
import { createCreditWindow } from "./credit-window.ts";

describe("credit window", () => {
  it("stops at zero, keeps order, and goes on as bytes are given back", () => {
    const sent: string[] = [];
    const window = createCreditWindow<string>(10, (item) => sent.push(item));
    window.push("a", 6);
    window.push("b", 6);
    window.push("c", 6);
    expect(sent).toEqual(["a", "b"]);
    expect(window.waitingBytes).toBe(6);
    window.grant(2);
    expect(sent).toEqual(["a", "b"]);
    window.grant(1);
    expect(sent).toEqual(["a", "b", "c"]);
    expect(window.waitingBytes).toBe(0);
  });

  it("lets one item through that is larger than the whole window", () => {
    const sent: string[] = [];
    const window = createCreditWindow<string>(10, (item) => sent.push(item));
    window.push("large", 1_000);
    window.push("next", 0);
    expect(sent).toEqual(["large"]);
    window.grant(1_000);
    expect(sent).toEqual(["large", "next"]);
  });
});
