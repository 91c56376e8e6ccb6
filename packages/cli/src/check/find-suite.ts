import { builtInSuites, type Suite } from "@weir/lab";
import { WeirError } from "@weir/protocol";

export interface FoundSuite {
  readonly suite: Suite;
}

/** The suite of a name. Throws USAGE where there is none. */
export function findSuite(name: string): FoundSuite {
  const suite = builtInSuites.find((each) => each.name === name);
  if (suite !== undefined) return { suite };
  const names = builtInSuites.map((each) => each.name).join(", ");
  throw new WeirError("USAGE", `expected the name of a suite (${names}), got ${JSON.stringify(name)}.`);
}
