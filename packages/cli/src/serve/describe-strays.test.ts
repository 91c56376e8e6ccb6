import { expect, it } from "vitest";
import { describeStrays } from "./describe-strays.ts";

it.each([
  ["--prot", "Did you mean --port?"],
  [
    "--max-job=3",
    "--max-job: expected an option of weir serve, got one that there is not. Did you mean --max-jobs?",
  ],
  ["--foo", "weir serve --help lists the options."],
  [
    "./models/mini",
    'expected options alone, got "./models/mini". A model is given as --model ./models/mini.',
  ],
])("says of %s what may have been meant", (stray, expected) => {
  expect(describeStrays([stray])[0]).toContain(expected);
});

it("takes the word after an unknown option for its value", () => {
  expect(describeStrays(["here", "--foo", "1", "--bar=2"])).toEqual([
    expect.stringContaining('got "here"'),
    expect.stringContaining("--foo: "),
    expect.stringContaining("--bar: "),
  ]);
});
