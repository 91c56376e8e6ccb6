import { dirname, resolve } from "node:path";
import { builtInSuites, type Suite } from "@weir/lab";
import { WeirError } from "@weir/protocol";
import { createRunsSuite, type RunsSurroundings } from "./create-runs-suite.ts";
import { loadSuite } from "./load-suite.ts";

export interface FoundSuite {
  readonly suite: Suite;
  /** What it was read from; undefined for one that comes with weir. */
  readonly source: { readonly file: string; readonly text: string } | undefined;
  /** File that its figures are compared with unless another is named; undefined where it is in the folder for runs. */
  readonly baseline: string | undefined;
}

export const baselineName = "weir-baseline.json";

/** The suite of a name, or of a file. Throws USAGE where there is none, or something is wrong with it. */
export async function findSuite(name: string, surroundings: RunsSurroundings): Promise<FoundSuite> {
  const suite = builtInSuites.find((each) => each.name === name);
  if (suite !== undefined) return { suite, source: undefined, baseline: undefined };
  if (!/[./\\]/.test(name)) {
    const names = builtInSuites.map((each) => each.name).join(", ");
    throw new WeirError(
      "USAGE",
      `expected the name of a suite (${names}) or a file such as suite.ts, got ${JSON.stringify(name)}.`,
    );
  }
  const { definition, file, text } = await loadSuite(name);
  return {
    suite: await createRunsSuite(definition, surroundings),
    source: { file, text },
    baseline: resolve(dirname(file), definition.baseline ?? baselineName),
  };
}
