import { readFileSync } from "node:fs";
import { satisfies } from "semver";
import { describe, expect, it } from "vitest";

interface LockFile {
  readonly packages: Readonly<
    Record<
      string,
      { readonly engines?: { readonly node?: string }; readonly resolved?: string; readonly version?: string }
    >
  >;
}

const lock = JSON.parse(
  readFileSync(new URL("../../../package-lock.json", import.meta.url), "utf8"),
) as LockFile;

// npm leaves out of the lock file what a registry does not have, and `npm ci` then refuses it on every platform.
describe("the lock file", () => {
  it("holds only packages that run on Node 20.19", () => {
    const tooNew = Object.entries(lock.packages).filter(
      ([, { engines }]) => engines?.node !== undefined && !satisfies("20.19.0", engines.node),
    );
    expect(tooNew).toEqual([]);
  });

  it("names no registry host", () => {
    const addresses = Object.values(lock.packages).flatMap(({ resolved }) => resolved ?? []);
    expect(addresses.filter((address) => address.includes("://"))).toEqual([]);
  });

  it("has the native parts of every platform", () => {
    for (const platform of ["linux-x64-gnu", "darwin-arm64", "win32-x64-msvc"]) {
      expect(lock.packages).toHaveProperty([`node_modules/@oxlint/binding-${platform}`]);
    }
  });
});
