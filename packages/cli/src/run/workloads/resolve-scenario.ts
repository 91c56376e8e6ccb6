import path from "node:path";
import { parseHttpTarget, planScenario, type ScenarioPlan } from "@weir/load";
import type { FlagReader } from "../../flags/flag-reader.ts";
import { toBaseUrl, type RequestAddress } from "./request-address.ts";
import type { ResolvedWorkload } from "./resolved-workload.ts";
import type { ScenarioFlags } from "./scenario-flags.ts";

/** Problems are noted; undefined where the scenario cannot be had. */
export function resolveScenario(
  { scenario: file }: ScenarioFlags,
  read: FlagReader,
  address: RequestAddress,
  headers: Readonly<Record<string, string>>,
): ResolvedWorkload<ScenarioPlan> | undefined {
  if (file === undefined) {
    read.note("--scenario is missing: name the scenario's file.");
    return undefined;
  }
  return read.attempt(() => {
    const url = toBaseUrl(address);
    return { url, workload: planScenario(path.resolve(file), parseHttpTarget(url), headers) };
  });
}
