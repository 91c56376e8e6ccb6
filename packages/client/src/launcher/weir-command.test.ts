import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { locateWeirCommand } from "./weir-command.ts";

it("finds the file that npm links as weir", async () => {
  const file = locateWeirCommand();
  expect(await readFile(file, "utf8")).toMatch(/^#!\/usr\/bin\/env node/);
  const manifest = new URL("../../../cli/package.json", import.meta.url);
  const { bin } = JSON.parse(await readFile(manifest, "utf8")) as { bin: { weir: string } };
  expect(file.replaceAll("\\", "/").endsWith(bin.weir.replace("./", "/cli/"))).toBe(true);
});
