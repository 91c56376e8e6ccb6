import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { countUsableCores } from "./usable-cores.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-test-"));
});
afterAll(() => rm(directory, { recursive: true }));

it.each([
  ["a container's share, rounded up", "50000 100000", 1],
  ["every core where there is no limit", "max 100000", availableParallelism()],
  ["no more cores than there are", "99000000 100000", availableParallelism()],
  ["every core where the file says nothing", "", availableParallelism()],
])("counts %s", async (_, content, cores) => {
  const file = join(directory, "cpu.max");
  await writeFile(file, content);
  expect(countUsableCores(file)).toBe(cores);
});
