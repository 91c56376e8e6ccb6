import type { FlagReader } from "../flags/flag-reader.ts";

const mostWorkers = 256;

/** `--workers`: a number of threads, or as many as the load asks for and as there are cores for. */
export function readWorkers(given: string | undefined, read: FlagReader): number | "auto" {
  if (given === undefined || given === "auto") return "auto";
  if (/^\d+$/.test(given) && Number(given) >= 1 && Number(given) <= mostWorkers) return Number(given);
  read.note(
    `--workers: expected a whole number from 1 to ${mostWorkers}, or auto, got ${JSON.stringify(given)}.`,
  );
  return "auto";
}
