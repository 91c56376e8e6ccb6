import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { WeirError } from "@weir/protocol";
import { contentHash } from "@weir/stats";
import type * as Jiti from "jiti";
import { defineScenario, type Scenario } from "./scenario.ts";

export interface LoadedScenario {
  readonly scenario: Scenario;
  /** Of the file's text. */
  readonly hash: string;
}

/**
 * Runs a scenario file, TypeScript or JavaScript, and gives what it exports by default. Throws USAGE where it cannot be
 * read, has an error (with its line) or exports something else.
 * @param file absolute path
 */
export function loadScenario(file: string): LoadedScenario {
  const hash = contentHash(readText(file));
  return { scenario: checkScenario(runFile(file), file), hash };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new WeirError(
      "USAGE",
      `the scenario must be a file that can be read, got ${file}: ${reason(error)}`,
      {
        cause: error,
      },
    );
  }
}

function runFile(file: string): unknown {
  // Loaded here: most runs have no scenario, and need not wait for a compiler.
  const { createJiti } = createRequire(import.meta.url)("jiti") as typeof Jiti;
  // No caches: what runs is what the hash says. The running load package stands in for the one that the file imports,
  // which need not be installed where it lies.
  const jiti = createJiti(file, {
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    virtualModules: { "@weir/load": { defineScenario } },
  });
  try {
    return (jiti(file) as { readonly default?: unknown }).default;
  } catch (error) {
    throw new WeirError("USAGE", `the scenario ${file} cannot be run: ${describeThrown(error, file)}`, {
      cause: error,
    });
  }
}

function checkScenario(exported: unknown, file: string): Scenario {
  const problem = describeProblem(exported);
  if (problem !== undefined)
    throw new WeirError(
      "USAGE",
      `the scenario ${file} must have "export default defineScenario({ name, *user() { ... } })": ${problem}`,
    );
  return exported as Scenario;
}

function describeProblem(exported: unknown): string | undefined {
  if (exported === undefined) return "it has no default export";
  if (typeof exported !== "object" || exported === null)
    return `its default export is ${exported === null ? "null" : `a ${typeof exported}`}`;
  const { name, user, steps } = exported as Partial<Record<keyof Scenario, unknown>>;
  if (typeof name !== "string" || name === "") return "name must be a text";
  if (typeof user !== "function") return `user must be a generator function, got ${typeof user}`;
  if (steps === undefined) return undefined;
  if (!Array.isArray(steps) || steps.some((step) => typeof step !== "string" || step === ""))
    return "steps must be a list of names";
  return new Set(steps).size === steps.length ? undefined : "steps must be different names";
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The first line of a message, and the line of the file where it happened as far as the error says. */
function describeThrown(error: unknown, file: string): string {
  const [first = ""] = reason(error).split("\n");
  const said = first.replace(/^(?:Parse|Syntax)Error: /, "").trim();
  const trace = error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : "";
  const at = trace.indexOf(`${file}:`);
  const line = at === -1 ? undefined : /^\d+/.exec(trace.slice(at + file.length + 1))?.[0];
  return line === undefined ? said : `line ${line}: ${said}`;
}
