import { readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";

/** More is no model's folder, and is not read. */
const mostFiles = 1_000;
const mostLevels = 4;

/** Names, sizes and times of a model's files: while they are the same, so is what is in them. */
export async function describeFileTimes(path: string): Promise<string> {
  const lines: string[] = [];
  for (const file of await listModelFiles(path)) {
    const { ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    lines.push(`${relative(path, file)} ${ino} ${size} ${mtimeNs} ${ctimeNs}`);
  }
  return lines.join("\n");
}

/** Hidden files and folders (a clone's `.git`, a download's state) are nothing that an engine reads. */
export async function listModelFiles(path: string, levels: number = mostLevels): Promise<string[]> {
  const files: string[] = [];
  const entries = await readdir(path, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith(".")) continue;
    const file = join(path, entry.name);
    const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await stat(file)).isDirectory());
    if (!isFolder) files.push(file);
    else if (levels > 1) files.push(...(await listModelFiles(file, levels - 1)));
    if (files.length > mostFiles) throw new Error(`${path} has more than ${mostFiles} files`);
  }
  return files;
}
