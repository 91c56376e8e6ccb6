import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { WeirError } from "@weir/protocol";
import { evaluateFile } from "../config/load-config.ts";
import type { SuiteDefinition } from "./define-suite.ts";

export interface LoadedSuite {
  readonly definition: SuiteDefinition;
  /** Absolute. */
  readonly file: string;
  readonly text: string;
}

const suiteKeys: ReadonlySet<string> = new Set(["name", "description", "runs", "baseline"]);
const runKeys: ReadonlySet<string> = new Set(["name", "run", "capacity", "atLeast", "path", "slo"]);

/** Reads a suite's file. Throws USAGE with everything that is wrong with it. */
export async function loadSuite(name: string): Promise<LoadedSuite> {
  const file = resolve(name);
  const exported = await evaluateFile(file, name);
  const problems = findProblems(exported);
  if (problems.length > 0)
    throw new WeirError(
      "USAGE",
      `${name}: expected "export default defineSuite({ name, runs: [{ name, run: "--users 8" }] })".\n${problems.join("\n")}`,
    );
  return { definition: exported as SuiteDefinition, file, text: await readFile(file, "utf8") };
}

function findProblems(suite: unknown): readonly string[] {
  if (!isObject(suite)) return ["Its default export is no object."];
  const { name, description, runs, baseline } = suite;
  return [
    ...(isName(name) ? [] : ["name must be a text."]),
    ...(isTextOrAbsent(description) ? [] : ["description must be a text."]),
    ...(isTextOrAbsent(baseline) ? [] : ["baseline must be the path of a file."]),
    ...foreignKeys(suite, suiteKeys, "a suite"),
    ...(Array.isArray(runs) && runs.length > 0
      ? findRunProblems(runs as readonly unknown[])
      : ["runs must be a list of at least one run."]),
  ];
}

function findRunProblems(runs: readonly unknown[]): readonly string[] {
  const names = runs.map((run) => (isObject(run) ? run["name"] : undefined));
  return runs.flatMap((run, place) => {
    if (!isObject(run)) return [`runs[${place}] must be an object.`];
    const { name, run: flags, capacity, atLeast, path, slo } = run;
    const label = isName(name) ? JSON.stringify(name) : `runs[${place}]`;
    return [
      ...(isName(name) ? [] : [`runs[${place}].name must be a text.`]),
      ...(names.indexOf(name) < place ? [`${label}: another run has this name.`] : []),
      ...[flags, capacity]
        .filter((each) => each !== undefined && typeof each !== "string" && !isObject(each))
        .map(() => `${label}: run and capacity must be flags as a text or an object.`),
      ...(flags !== undefined && capacity !== undefined
        ? [`${label}: expected run or capacity, got both.`]
        : []),
      ...(atLeast === undefined || (capacity !== undefined && typeof atLeast === "number" && atLeast > 0)
        ? []
        : [`${label}: atLeast must be a number above 0, beside capacity.`]),
      ...(path === undefined || (typeof path === "string" && path.startsWith("/"))
        ? []
        : [`${label}: path must begin with a slash.`]),
      ...(slo === undefined || typeof slo === "string" || isTexts(slo)
        ? []
        : [`${label}: slo must be a limit or a list of limits.`]),
      ...foreignKeys(run, runKeys, `the run ${label}`),
    ];
  });
}

function foreignKeys(value: object, known: ReadonlySet<string>, of: string): readonly string[] {
  return Object.keys(value)
    .filter((key) => !known.has(key))
    .map((key) => `${of} has ${[...known].join(", ")}, got ${JSON.stringify(key)}.`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || isName(value);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isName);
}
