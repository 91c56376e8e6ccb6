import { describe, expect, it } from "vitest";
import { createModelRegistry } from "./model-registry.ts";

type Model =
  | { readonly kind: "embed"; readonly name: string }
  | { readonly kind: "chat"; readonly name: string };

const small: Model = { kind: "embed", name: "small" };
const large: Model = { kind: "embed", name: "large:latest" };
const talker: Model = { kind: "chat", name: "talker" };

function fill(aliases: Record<string, string> = {}): ReturnType<typeof createModelRegistry<Model>> {
  const registry = createModelRegistry<Model>(aliases);
  for (const model of [talker, small, large]) registry.add(model);
  return registry;
}

describe("a model registry", () => {
  it("gives the first of the kind where no name is asked for", () => {
    const registry = fill();
    expect(registry.resolve("embed", undefined)).toBe(small);
    expect(registry.resolve("embed", "")).toBe(small);
    expect(registry.resolve("chat", undefined)).toBe(talker);
  });

  it("matches names with and without :latest", () => {
    const registry = fill();
    expect(registry.resolve("embed", "small:latest")).toBe(small);
    expect(registry.resolve("embed", "large")).toBe(large);
    expect(() => registry.resolve("embed", "small:v2")).toThrow('model "small:v2" is not served here');
  });

  it("follows aliases, over several steps, and lets a model's own name win", () => {
    const registry = fill({ "text-embedding-3-small": "ours", ours: "small", large: "small" });
    expect(registry.resolve("embed", "text-embedding-3-small")).toBe(small);
    expect(registry.resolve("embed", "large")).toBe(large);
    registry.remove("large");
    expect(registry.resolve("embed", "large")).toBe(small);
  });

  it("tells what an alias stands for, loaded or not, from names that are none", () => {
    const registry = fill({ short: "mid", mid: "small", small: "large", later: "gone" });
    expect(["short:latest", "mid", "small", "later", "x"].map((name) => registry.aliasOf(name))).toEqual([
      "small",
      "small",
      undefined,
      "gone",
      undefined,
    ]);
  });

  it("refuses aliases that go in a circle", () => {
    expect(() => createModelRegistry({ a: "b", b: "a" })).toThrow("the circle a -> b -> a");
  });

  it("knows the aliases of what is there now, whatever comes and goes", () => {
    const registry = fill({ one: "small", two: "one", ghost: "nope", talker: "small" });
    const names = (): unknown => Array.from(registry.aliases, ([alias, { name }]) => `${alias}=${name}`);
    expect(names()).toEqual(["one=small", "two=small"]);
    expect(() => registry.resolve("embed", "ghost")).toThrow(
      'model "ghost" is not served here; served: small (also one, two), large:latest',
    );
    registry.remove("small");
    expect(names()).toEqual([]);
    expect(() => registry.resolve("embed", "one")).toThrow("is not served here; served: large:latest");
    registry.add({ kind: "embed", name: "nope" });
    expect(names()).toEqual(["ghost=nope"]);
    expect(registry.resolve("embed", "ghost").name).toBe("nope");
  });

  it("says what is served of the kind that was asked for, and what the name is instead", () => {
    const registry = fill();
    expect(() => registry.resolve("chat", "gpt-9")).toThrow('"gpt-9" is not served here; served: talker');
    expect(() => registry.resolve("chat", "small")).toThrow(
      '"small" is an embedding model, not a chat model',
    );
    expect(() => createModelRegistry<Model>().resolve("chat", undefined)).toThrow("served: none");
  });

  it("puts a model in the place of the one of its name, and takes models out", () => {
    const registry = fill();
    const newer: Model = { kind: "embed", name: "small" };
    expect(registry.add(newer)).toBe(small);
    expect(registry.resolve("embed", undefined)).toBe(newer);
    expect(registry.models).toHaveLength(3);
    expect(registry.remove("small:latest")).toBe(newer);
    expect(registry.resolve("embed", undefined)).toBe(large);
    expect(() => registry.remove("small")).toThrow("is not served here");
  });
});
