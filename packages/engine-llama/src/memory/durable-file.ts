import { createHash } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Read at once while a file is hashed. */
const chunkBytes = 1 << 20;

/** Puts bytes at a path so that after a power cut at any moment there is what was there before or all of them. */
export async function writeWhole(path: string, temporary: string, bytes: Buffer): Promise<void> {
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Not every system can; there a rename is as durable as the system makes it. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!["EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP"].includes(code)) throw error;
  }
}

/** SHA-256 and length of a file. With `sync` its bytes are on the disk afterwards. */
export async function hashFile(
  path: string,
  sync: boolean,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const file = await open(path, sync ? "r+" : "r");
  try {
    const hash = createHash("sha256");
    const chunk = Buffer.allocUnsafe(chunkBytes);
    let bytes = 0;
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunkBytes, bytes);
      if (bytesRead === 0) break;
      hash.update(chunk.subarray(0, bytesRead));
      bytes += bytesRead;
    }
    if (sync) await file.datasync();
    return { sha256: hash.digest("hex"), bytes };
  } finally {
    await file.close();
  }
}
