import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/**
 * What users get: every publishable package packed as npm would publish it, installed from its tarball into an empty
 * project outside the repository.
 */
const root = fileURLToPath(new URL("../../..", import.meta.url));
const require = createRequire(import.meta.url);
const run = promisify(execFile);
const isWindows = process.platform === "win32";

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let work: string;
let project: string;
let tarballs: Map<string, string>;

/** Runs a program in the project; a failure is an outcome too. */
async function tryRun(program: string, args: readonly string[]): Promise<Outcome> {
  try {
    const { stdout, stderr } = await run(program, [...args], {
      cwd: project,
      env: cleanEnv(),
      shell: isWindows,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Outcome;
    return { code, stdout, stderr };
  }
}

/** Without what npm and vitest tell their children: a user's shell has none of it. */
function cleanEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS|VITEST|NODE_ENV)/i.test(name),
  );
  return { ...Object.fromEntries(kept), WEIR_CACHE_DIR: join(work, "cache") };
}

function npmInstall(names: readonly string[]): Promise<Outcome> {
  const files = names.map((name) => tarballs.get(name)!);
  return tryRun("npm", [
    "install",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    ...files,
  ]);
}

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "weir-packed-"));
  project = join(work, "project");
  const compiler = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");
  await run(process.execPath, [compiler, "-b"], { cwd: root });
  const packages = await findPublishable();
  const args = packages.flatMap((name) => ["--workspace", name]);
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", work, ...args], {
    cwd: root,
    shell: isWindows,
  });
  const packed = Object.values(JSON.parse(stdout) as Record<string, { name: string; filename: string }>);
  tarballs = new Map(packed.map(({ name, filename }) => [name, join(work, filename)]));
  await run(process.execPath, ["-e", `require("fs").mkdirSync(${JSON.stringify(project)})`]);
  await writeFile(join(project, "package.json"), '{"name":"empty-project","private":true,"type":"module"}\n');
}, 180_000);

afterAll(() => rm(work, { recursive: true, force: true }));

async function findPublishable(): Promise<string[]> {
  const names: string[] = [];
  for (const folder of await readdir(join(root, "packages"))) {
    const manifest = JSON.parse(await readFile(join(root, "packages", folder, "package.json"), "utf8")) as {
      name: string;
      private?: boolean;
    };
    if (manifest.private !== true) names.push(manifest.name);
  }
  return names;
}

describe("the packed packages", () => {
  // The first three beside each other: npm waits for the disk while the linters compute, and nothing changes the tarballs.
  it.concurrent("hold the licence, the build and the sources, and no tests", async () => {
    for (const [name, tarball] of tarballs) {
      const { stdout } = await run("tar", ["-tzf", tarball]);
      const files = stdout.split("\n");
      expect(files, name).toContain("package/LICENSE");
      expect(files, name).toContain("package/README.md");
      expect(
        files.filter((file) => /\.test\.|tsbuildinfo|fixtures/.test(file)),
        name,
      ).toEqual([]);
      expect(files.some((file) => file.startsWith("package/dist/"))).toBe(true);
    }
  });

  it.concurrent("are right by publint and by are-the-types-wrong", async () => {
    const { publint } = await import("publint");
    const attw = join(dirname(require.resolve("@arethetypeswrong/cli/package.json")), "dist", "index.js");
    for (const [name, tarball] of tarballs) {
      const bytes = await readFile(tarball);
      const archive = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
      const { messages } = await publint({ pack: { tarball: archive }, strict: true });
      expect(messages, name).toEqual([]);
      // The command has no types to be wrong about.
      if (name === "@weir/cli") continue;
      // It exits with 1, which rejects, where the profile's rules are broken.
      await run(process.execPath, [attw, tarball, "--profile", "esm-only"]);
    }
  }, 120_000);

  it.concurrent("ask for the engine by name where it is missing", async () => {
    const install = await npmInstall([...tarballs.keys()].filter((name) => name !== "@weir/engine-onnx"));
    expect(install, install.stderr).toMatchObject({ code: 0 });
    const { version } = JSON.parse(await readFile(join(root, "packages/cli/package.json"), "utf8")) as {
      version: string;
    };
    expect((await tryRun("npx", ["weir", "--version"])).stdout.trim()).toBe(version);
    const serve = await tryRun("npx", ["weir", "serve", "--model", "reference-embed-tiny"]);
    expect(serve).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("npm install @weir/engine-onnx"),
    });
  }, 120_000);

  it("serve and measure once the engine is there", async () => {
    const install = await npmInstall(["@weir/engine-onnx"]);
    expect(install, install.stderr).toMatchObject({ code: 0 });
    const bin = join(project, "node_modules", "@weir", "cli", "bin", "weir.js");
    const server = spawn(process.execPath, [bin, "serve", "--model", "reference-embed-tiny", "--port", "0"], {
      cwd: project,
      env: cleanEnv(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    try {
      const [line] = (await Promise.race([
        once(createInterface({ input: server.stdout }), "line"),
        once(server, "exit").then(([code]) => [`exit code ${code}`]),
      ])) as [string];
      const url = /^listening on (http:\S+)$/.exec(line)?.[1];
      expect(url).toBeDefined();
      const said: string[] = [];
      // Ends with the process, too.
      for await (const line of createInterface({ input: server.stderr })) {
        said.push(line);
        if (/^ready after|"msg":"ready"/.test(line)) break;
      }
      server.stderr.resume();
      expect(said.at(-1), said.join("\n")).toMatch(/ready/);
      const measured = await tryRun("npx", [
        "weir",
        "run",
        url!,
        "--workload",
        "embeddings",
        "--requests",
        "20",
        "--json",
      ]);
      // 5 is the honest answer of a machine that is too busy to measure on, and no fault of the package.
      expect([0, 5], measured.stderr).toContain(measured.code);
      expect(JSON.parse(measured.stdout)).toMatchObject({ kind: "run", summary: { completed: 20 } });
    } finally {
      server.kill("SIGTERM");
      if (server.exitCode === null) await once(server, "exit");
    }
    expect(server.exitCode).toBe(0);
  }, 180_000);

  it("are enough for the example of a desktop app, under plain Node", async () => {
    await cp(join(root, "examples", "desktop-sidecar"), join(project, "app"), { recursive: true });
    const { code, stdout, stderr } = await tryRun(process.execPath, ["app/main.mjs", "reference-embed-tiny"]);
    expect({ code, stdout }, stderr).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^(-?[01]\.\d{3} {2}\S.*\n){3}the same after a crash\nclosed\n$/,
      ) as string,
    });
    expect(stderr).toMatch(/sidecar ready at http\+unix:\S+ after \d+ ms/);
    expect(stderr).toContain("sidecar ended (signal SIGKILL); a new one in 100 ms");
    expect(stderr.trimEnd()).toMatch(/sidecar closed$/);
  }, 120_000);

  it("type-check from a program of ten lines", async () => {
    await writeFile(
      join(project, "program.ts"),
      `import { createClient } from "@weir/client";
import { startServer, type RunningServer } from "@weir/server";
import type { WeirError } from "@weir/protocol";

export async function embedOnce(texts: string[]): Promise<Float32Array> {
  const engineModule = import.meta.resolve("@weir/engine-onnx");
  const model = { name: "mini", engineModule, spec: { path: "/models/mini" } };
  await using server: RunningServer = await startServer({ models: [model], port: 0, version: "1" });
  await server.ready.catch((error: WeirError) => error.hint satisfies string);
  return (await createClient({ url: server.url }).embed(texts)).vectors.values;
}
`,
    );
    const options = {
      compilerOptions: {
        strict: true,
        module: "nodenext",
        target: "es2023",
        lib: ["es2023", "esnext.disposable"],
        noEmit: true,
        skipLibCheck: false,
        typeRoots: [join(root, "node_modules", "@types")],
        types: ["node"],
      },
      files: ["program.ts"],
    };
    await writeFile(join(project, "tsconfig.json"), JSON.stringify(options));
    const compiler = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");
    expect(await tryRun(process.execPath, [compiler, "-p", "."])).toMatchObject({ code: 0, stdout: "" });
  }, 60_000);
});
