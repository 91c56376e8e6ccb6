import { mkdir, readFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { readWeirVersion } from "../record/weir-version.ts";
import { writeWhole } from "../run/run-folder.ts";
import type { CalibratedMachine, Calibration } from "./calibration.ts";

export function describeThisMachine(): CalibratedMachine {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? "unknown",
    cores: os.availableParallelism(),
    nodeVersion: process.version,
    weirVersion: readWeirVersion(),
  };
}

/**
 * The calibration that is kept in a file, where it holds for this machine, this Node and this version of Weir. Undefined
 * where there is none, and where it cannot be read: a run does not fail for that.
 */
export async function readCalibration(file: string): Promise<Calibration | undefined> {
  try {
    const kept = JSON.parse(await readFile(file, "utf8")) as Calibration;
    if (kept.schema !== 1 || !Array.isArray(kept.levels)) return undefined;
    const here = describeThisMachine();
    const isHere = (Object.keys(here) as (keyof CalibratedMachine)[]).every(
      (key) => kept.machine[key] === here[key],
    );
    return isHere ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a calibration in place of the one before. Gives why it could not be written, undefined when it was. */
export async function keepCalibration(file: string, calibration: Calibration): Promise<string | undefined> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeWhole(file, `${JSON.stringify(calibration, undefined, 2)}\n`);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
