import type { WorkloadChecks } from "../workload.ts";

/** What several workers checked, together. */
export function mergeChecks(all: readonly WorkloadChecks[]): WorkloadChecks {
  if (all.length === 1) return all[0]!;
  const tallies = new Map<string, { of: number; right: number }>();
  let [examined, failed] = [0, 0];
  for (const checks of all) {
    examined += checks.examined;
    failed += checks.failed;
    for (const [name, { of, right }] of Object.entries(checks.tallies ?? {})) {
      const tally = tallies.get(name) ?? { of: 0, right: 0 };
      tally.of += of;
      tally.right += right;
      tallies.set(name, tally);
    }
  }
  return { examined, failed, ...(tallies.size > 0 && { tallies: Object.fromEntries(tallies) }) };
}
