import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJsonBody } from "./parse-json-body.ts";

const bounds = { inputs: 2_048, atOnceBytes: 4 };

/** What came of it, and whether the event loop had a turn meanwhile. */
async function watch(body: string): Promise<{ outcome: unknown; turns: number }> {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const outcome = await parseJsonBody(Buffer.from(body), { inputs: 2_048 }).catch((error: unknown) => error);
  clearInterval(timer);
  return { outcome, turns };
}

describe("a large body", () => {
  it("is parsed as JSON.parse does", async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.array(fc.jsonValue()), fc.string(), async (text, list, name) => {
        const value: unknown = JSON.parse(text);
        for (const whole of [value, { a: value, [name]: list, b: list }, { ["__proto__"]: list }]) {
          const body = JSON.stringify(whole, undefined, list.length % 3);
          expect(await parseJsonBody(Buffer.from(body), bounds)).toEqual(JSON.parse(body));
        }
      }),
    );
  });

  it("is refused where JSON.parse does, and only there", async () => {
    const pieces = ["[", "]", "{", "}", ",", ":", '"', "\\", '"a"', "1", "null", " ", '{"a":[', "[1,2],"];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...pieces)), async (parts) => {
        const body = parts.join("");
        let expected: unknown = "INVALID_JSON";
        try {
          expected = JSON.parse(body);
        } catch {
          // It stays that.
        }
        const got = await parseJsonBody(Buffer.from(body), bounds).catch(
          (error: { code: string }) => error.code,
        );
        expect(got).toEqual(expected);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    '{"a":[1,2,3,4,]}',
    '{"a":[,1,2,3,4]}',
    '{"a":[1,2,3,,4]}',
    '{"a":[1,2,3,4}',
    '{"a":"b',
    '{"a":["b\\"',
  ])("that is wrong at a cut is refused: %s", async (body) => {
    await expect(parseJsonBody(Buffer.from(body), bounds)).rejects.toMatchObject({ code: "INVALID_JSON" });
  });

  it("keeps the last of two fields with one name", async () => {
    const body = '{"a":[1,2,3,4,5],"a":[6,7,8,9,10]}';
    expect(await parseJsonBody(Buffer.from(body), bounds)).toEqual(JSON.parse(body));
  });

  it("within itself without end is refused", async () => {
    const body = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`;
    const parsed = parseJsonBody(Buffer.from(body), { ...bounds, values: 250_000 });
    await expect(parsed).rejects.toMatchObject({ code: "INVALID_JSON" });
  });

  it("leaves others their turn", async () => {
    const whole = { texts: Array.from({ length: 2_000 }, (_, index) => `${index} the river `.repeat(400)) };
    const { outcome, turns } = await watch(JSON.stringify(whole));
    expect(outcome).toEqual(whole);
    expect(turns).toBeGreaterThan(2);
  });

  it.each([
    ["lists", `{"texts":[${"[],".repeat(100_000)}[]]}`],
    ["objects", `{"texts":[${"{},".repeat(100_000)}{}]}`],
    ["fields", `{"x":{${Array.from({ length: 100_000 }, (_, index) => `"k${index}":0`).join(",")}}}`],
    ["numbers", `{"input":[${"1,".repeat(9_000_000)}1]}`],
  ])("with more %s than any request has is refused before it is parsed", async (_what, body) => {
    expect((await watch(body)).outcome).toMatchObject({ code: "TOO_MANY_INPUTS" });
  });
});
