import { describe, expect, it } from "vitest";
import { parseHubName, resolveHubName } from "./hub-name.ts";

describe("a model's name on a hub", () => {
  it.each([
    ["org/name", "org/name", undefined],
    ["bert-base-uncased", "bert-base-uncased", undefined],
    ["BAAI/bge-small-en-v1.5@main", "BAAI/bge-small-en-v1.5", "main"],
    ["org/name@refs/pr/3", "org/name", "refs/pr/3"],
    ["https://huggingface.co/org/name", "org/name", undefined],
    ["https://huggingface.co/org/name/tree/v1%2Fbeta?x=1", "org/name", "v1/beta"],
  ])("%s", (text, repository, revision) => {
    expect(parseHubName(text)).toEqual({ repository, revision });
  });

  it.each([
    "",
    "./org/name",
    "../name",
    "/models/name",
    "a/b/c",
    "org/..",
    "org/a..b",
    "org--x/name",
    "C:\\models",
    "org/name@",
    "org/name@a..b",
    "org/name@a b",
    "https://huggingface.co/",
  ])("is not %j", (text) => {
    expect(parseHubName(text)).toBeUndefined();
  });

  it("takes one revision", () => {
    expect(resolveHubName("org/name", "v1")).toEqual({ repository: "org/name", revision: "v1" });
    expect(resolveHubName("org/name@v1", "v1").revision).toBe("v1");
    expect(() => resolveHubName("org/name@v1", "v2")).toThrow(/v1 with the name and v2 with --revision/);
    expect(() => resolveHubName("org/name", "a..b")).toThrow(/--revision: .*"a\.\.b"/);
  });
});
