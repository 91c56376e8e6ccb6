import { readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { WeirError } from "@weir/protocol";

/** In the order in which they are looked for. */
const configNames: readonly string[] = ["ts", "mts", "js", "mjs", "cjs", "json"].map(
  (end) => `weir.config.${end}`,
);

export interface LoadedConfig {
  /** As messages name it. */
  readonly name: string;
  /** Its folder, absolute: paths that start with a dot count from there. */
  readonly directory: string;
  /** The section that was asked for; empty where it has none. */
  readonly section: Readonly<Record<string, unknown>>;
  /** What is wrong with what it says beside that, one sentence each. */
  readonly problems: readonly string[];
}

/** Commands that measure, each with a section of its own; what all of them share is in `measure`. */
export const measuringCommands = ["run", "sweep", "capacity", "compare", "calibrate", "check"] as const;

export type ConfigSection = "serve" | "measure" | (typeof measuringCommands)[number];

/** The sections that a file may have. */
const sections: readonly ConfigSection[] = ["serve", "measure", ...measuringCommands];

/**
 * Reads the configuration file: `path`, else the first of the usual names in `directory`, else none. TypeScript
 * needs no build. Throws USAGE where the file is missing, fails, or gives no object.
 */
export async function loadConfig(
  path: string | undefined,
  section: ConfigSection,
  directory: string = ".",
): Promise<LoadedConfig | undefined> {
  const found = path === undefined ? await findConfig(directory) : resolve(path);
  if (found === undefined) return undefined;
  const name = path ?? basename(found);
  const config = await evaluateFile(found, name);
  if (!isObject(config)) {
    const message = `${name}: expected an object as its default export, such as defineConfig({ serve: { port: 8787 } })`;
    throw new WeirError("USAGE", message);
  }
  const problems = Object.keys(config)
    .filter((key) => !sections.some((known) => known === key))
    .map(
      (key) =>
        `${name}: expected the sections ${sections.join(", ")}, got ${JSON.stringify(key)}. The options of weir serve go into serve: { ... }.`,
    );
  const values = config[section] ?? {};
  if (!isObject(values)) problems.push(`${name}: expected ${section} to be an object.`);
  return { name, directory: dirname(found), section: isObject(values) ? values : {}, problems };
}

async function findConfig(directory: string): Promise<string | undefined> {
  for (const name of configNames) {
    const path = resolve(directory, name);
    if ((await stat(path).catch(() => undefined))?.isFile() === true) return path;
  }
  return undefined;
}

/**
 * The default export of a file, TypeScript or not, or the content of a JSON file. Throws USAGE where it is not there or fails.
 * @param path absolute
 * @param name as messages name it
 */
export async function evaluateFile(path: string, name: string): Promise<unknown> {
  try {
    if (extname(path) === ".json") return JSON.parse(await readFile(path, "utf8")) as unknown;
    // Fails with a plain reason where the file is not there, or is none.
    if (!(await stat(path)).isFile()) throw new Error("it is a folder, not a file");
    // Loaded here: who has no such file does not wait for it.
    const { createJiti } = await import("jiti");
    const jiti = createJiti(import.meta.url, {
      // The file imports this package by name, also where weir is installed somewhere else.
      alias: { "@weir/cli": fileURLToPath(new URL(`../index${extname(import.meta.url)}`, import.meta.url)) },
      fsCache: false,
      moduleCache: false,
    });
    return await jiti.import(path, { default: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new WeirError("USAGE", `${name}: cannot be read (${why})`, { cause: error });
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
