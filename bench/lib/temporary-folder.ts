import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endWithBench } from "./end-with-bench.ts";

export interface TemporaryFolder extends Disposable {
  readonly path: string;
}

/** A folder `weir-bench-NAME-...` that is gone when the bench is, whether it ends by itself or by a signal. */
export function createTemporaryFolder(name: string): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), `weir-bench-${name}-`));
  const remove = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  const forget = endWithBench(remove);
  return {
    path,
    [Symbol.dispose]() {
      remove();
      forget();
    },
  };
}
