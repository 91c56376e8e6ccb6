import { readOpenFilesLimit } from "@weir/load";
import type { Check } from "@weir/lab";
import { checkCores, readCores } from "./check-cores.ts";
import { checkEngine, engineSubjects, installedModules } from "./check-engine.ts";
import { checkMemory, readMemory } from "./check-memory.ts";
import { checkNode } from "./check-node.ts";
import { checkOpenFiles } from "./check-open-files.ts";

/** What Weir needs of the machine that it runs on, one check after the other. */
export async function* examineMachine(): AsyncGenerator<Check> {
  yield checkNode(process.versions.node);
  yield checkCores(readCores());
  yield checkMemory(readMemory());
  yield checkOpenFiles(readOpenFilesLimit());
  for (const subject of engineSubjects) yield checkEngine(subject, installedModules);
}
