import { describe, expect, it } from "vitest";
import { createTestContext } from "./fixtures/test-context.ts";
import { runMain } from "./main.ts";

/** A defect: the first thing that a command looks up is not there. */
const broken = new Proxy<Record<string, string | undefined>>(
  {},
  {
    get(_, name) {
      if (name === "WEIR_DEBUG") return debug;
      throw new TypeError("cannot read this");
    },
  },
);
let debug: string | undefined;

describe("an error of usage", () => {
  it.each([
    [["capacity"], "weir capacity --help lists"],
    [["models", "compare", "one", "two", "--texts", "/nothing-here"], "weir models compare --help lists"],
  ])("of %j says whose help to read", async (argv, expected) => {
    const { context, written } = createTestContext({ env: {} });
    expect(await runMain(argv, context)).toBe(2);
    expect(written.stderr).toContain(expected);
  });
});

describe("an error that is nobody's but ours", () => {
  it.each([
    [undefined, /^error: cannot read this\nThis is a defect of weir\. .*WEIR_DEBUG=1.*\n$/],
    ["1", /^error: cannot read this\n.*TypeError: cannot read this\n +at .*main\.test\.ts/s],
  ])("is called that, and with WEIR_DEBUG=%s says what there is to report", async (value, expected) => {
    debug = value;
    const { context, written } = createTestContext({ env: broken });
    expect(await runMain(["models", "list"], context)).toBe(1);
    expect(written.stderr).toMatch(expected);
  });
});
