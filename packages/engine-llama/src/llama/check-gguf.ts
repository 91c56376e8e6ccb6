import { open } from "node:fs/promises";

/** Why a file is no .gguf; undefined where its first bytes look like one. What reads the rest may never end with another file. */
export async function findGgufFault(path: string): Promise<string | undefined> {
  const file = await open(path, "r");
  try {
    const head = new DataView(new ArrayBuffer(24));
    const { bytesRead } = await file.read(head, 0, 24, 0);
    const { size } = await file.stat();
    if (bytesRead < 24 || size < leastBytes) return "it ends within its head";
    if (head.getUint32(0, true) !== magic) return "it does not begin with GGUF";
    const version = head.getUint32(4, true);
    if (version !== 2 && version !== 3) return `it says to be of version ${version}, and 2 and 3 are known`;
    if (head.getBigUint64(8, true) > mostEntries || head.getBigUint64(16, true) > mostEntries)
      return "its head is damaged";
    return undefined;
  } finally {
    await file.close();
  }
}

/** A vocabulary alone takes more. */
const leastBytes = 4096;

/** `GGUF`. */
const magic = 0x46_55_47_47;

/** Tensors or keys of metadata: the largest models have some thousands. */
const mostEntries = 1_000_000n;
