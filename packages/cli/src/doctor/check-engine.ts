import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { Check } from "@weir/lab";
import { WeirError } from "@weir/protocol";
import { chatEnginePackage, embeddingEnginePackage, locateEngine } from "../engine-packages.ts";

/** An engine package and the native library that it stands on. */
export interface EngineSubject {
  readonly packageName: string;
  readonly nativeName: string;
  /** What it is needed for, as the end of "needed for ...". */
  readonly neededFor: string;
}

export const engineSubjects: readonly EngineSubject[] = [
  {
    packageName: embeddingEnginePackage,
    nativeName: "onnxruntime-node",
    neededFor: "serving embedding models",
  },
  {
    packageName: chatEnginePackage,
    nativeName: "node-llama-cpp",
    neededFor: "serving chat models",
  },
];

/** How modules are found and loaded: an argument, so that tests can take a package away. */
export interface ModuleAccess {
  /** The address of a package. Throws ENGINE_MISSING. */
  locate(packageName: string): string;
  load(address: string): Promise<unknown>;
}

export const installedModules: ModuleAccess = { locate: locateEngine, load: (address) => import(address) };

/** Whether an engine can be used here: it is installed, and its native library loads on this machine. */
export async function checkEngine(subject: EngineSubject, modules: ModuleAccess): Promise<Check> {
  const { packageName, nativeName, neededFor } = subject;
  const name = packageName;
  let address;
  try {
    address = modules.locate(packageName);
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    const fix = `npm install ${packageName} (only needed for ${neededFor})`;
    return { name, state: "warn", detail: "not installed", fix };
  }
  try {
    await modules.load(address);
    // The engine loads its native library when it first computes; here it is loaded to see whether it can be.
    await modules.load(pathToFileURL(createRequire(address).resolve(nativeName)).href);
    return { name, state: "ok", detail: `loads, and so does ${nativeName}` };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
    const fix = `npm install ${packageName} ${nativeName} on this machine: its binaries differ from system to system.`;
    return { name, state: "fail", detail: `does not load: ${reason}`, fix };
  }
}
