import { describe, expect, it } from "vitest";
import { encodeStateEntry, parseStateEntry, type StateEntry } from "./state-entry.ts";

const entry: StateEntry = {
  fingerprint: "f",
  kind: "conversation",
  keyId: "key",
  id: "an agent / ../ ü",
  named: true,
  branch: 2,
  promptTokens: 4,
  prefixTokens: 3,
  turns: 5,
  reusedTokens: 6,
  evaluatedTokens: 7,
  lastUsedAtMs: 8,
  stateName: "x.state",
  stateBytes: 9,
  stateSha256: "00",
};
const tokens = Uint32Array.of(1, 2, 49_151, 4_294_967_295);

describe("the entry of a state file", () => {
  it("comes back as it was written", () => {
    expect(parseStateEntry(encodeStateEntry(entry, tokens))).toEqual({ entry, tokens });
    const empty = new Uint32Array(0);
    expect(parseStateEntry(encodeStateEntry(entry, empty))).toEqual({ entry, tokens: empty });
  });

  it("is refused wherever it is cut, and with anything behind it", () => {
    const whole = encodeStateEntry(entry, tokens);
    for (let bytes = 0; bytes < whole.length; bytes++) {
      expect(parseStateEntry(whole.subarray(0, bytes))).toBeUndefined();
    }
    expect(parseStateEntry(Buffer.concat([whole, Buffer.of(0)]))).toBeUndefined();
  });

  it("is refused with any bit turned", () => {
    const whole = encodeStateEntry(entry, tokens);
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const damaged = Buffer.from(whole);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(parseStateEntry(damaged)).toBeUndefined();
    }
  });
});
