import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const argv = [
  "--conditions=@weir/source",
  "--import",
  import.meta.resolve("@weir/testkit/source"),
  fileURLToPath(new URL("../bin.ts", import.meta.url)),
];

async function runWithout(closed: "stdout" | "stderr", ...args: readonly string[]) {
  const child = spawn(process.execPath, [...argv, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  child[closed].destroy();
  const said = text(closed === "stdout" ? child.stderr : child.stdout);
  const [exitCode] = (await once(child, "exit")) as [number | null];
  return { exitCode, said: await said };
}

it("prints nothing and ends as ever where nobody reads stdout any more", async () => {
  expect(await runWithout("stdout", "serve", "--help")).toEqual({ exitCode: 0, said: "" });
  expect(await runWithout("stdout", "metrics", "dashboard")).toEqual({ exitCode: 0, said: "" });
});

it("keeps its exit code where nobody reads stderr any more", async () => {
  expect(await runWithout("stderr", "run", "http://127.0.0.1", "--users", "x")).toEqual({
    exitCode: 2,
    said: "",
  });
});
