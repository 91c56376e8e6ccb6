import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";

/** What decides how fast bytes are multiplied, as Linux names it; on other systems nobody says. */
const byteProducts = [
  ["amx_int8", "AMX"],
  ["avx512_vnni", "AVX-512 VNNI"],
  ["avx_vnni", "AVX VNNI"],
  ["asimddp", "dot products"],
  ["i8mm", "I8MM"],
] as const;

/** The processor's instructions for products of bytes; undefined where the system does not tell. */
function findByteProducts(): readonly string[] | undefined {
  try {
    const said = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1];
    if (said === undefined) return undefined;
    const flags = new Set(said.trim().split(/\s+/));
    return byteProducts.flatMap(([flag, name]) => (flags.has(flag) ? [name] : []));
  } catch {
    return undefined;
  }
}

// Before the bench adds its own.
const [loadBefore] = loadavg();

/** One line: cores, processor, what it has for int8, and whether something else was running. */
export function describeMachine(): string {
  const found = findByteProducts();
  const int8 =
    found === undefined
      ? "whether it has VNNI cannot be told here"
      : found.length > 0
        ? found.join(", ")
        : "no VNNI: int8 gains little here";
  return `${availableParallelism()} cores, ${cpus()[0]?.model.trim() ?? "unknown processor"}, ${int8}; Node ${process.versions.node}${describeOthers()}`;
}

/** Replicas run at a lower priority than other servers: beside other work they get less of the machine than those. */
function describeOthers(): string {
  return loadBefore! > availableParallelism() / 4
    ? `; BUSY with other work (load ${loadBefore!.toFixed(1)} before the start): the ratios mean little`
    : "";
}
