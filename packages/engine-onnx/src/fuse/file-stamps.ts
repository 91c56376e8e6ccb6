import { stat } from "node:fs/promises";

/** Which files some paths led to, and when they were written. */
export interface FileStamps {
  /** Rejects where a path leads to something else by now. */
  check(): Promise<void>;
}

/** What is read from files at one time and mapped from them at another must be of the same files. */
export async function stampFiles(paths: readonly string[]): Promise<FileStamps> {
  const before = await readStamps(paths);
  return {
    async check() {
      if ((await readStamps(paths)) !== before) throw new Error("the model's files were replaced meanwhile");
    },
  };
}

async function readStamps(paths: readonly string[]): Promise<string> {
  const stamps = await Promise.all(
    paths.map(async (path) => {
      const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
      return `${dev}/${ino}/${size}/${mtimeNs}`;
    }),
  );
  return stamps.join();
}
