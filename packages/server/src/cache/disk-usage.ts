import type { DiskDatabase } from "./disk-database.ts";

/** What a cache file is filled with. */
interface DiskUsage {
  /** What the entries take, in whole pages. */
  readonly bytes: number;
  /** The file with what is free in it. */
  readonly fileBytes: number;
  /** What says what the file is does not count. */
  readonly entries: number;
}

/** What lmdb says of itself; its types leave it open. */
type DatabaseStats = Readonly<
  Record<
    | "pageSize"
    | "treeBranchPageCount"
    | "treeLeafPageCount"
    | "overflowPages"
    | "lastPageNumber"
    | "entryCount",
    number
  >
>;

export function readUsage(database: DiskDatabase): DiskUsage {
  const stats = database.getStats() as DatabaseStats;
  const pages = stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages;
  return {
    bytes: pages * stats.pageSize,
    fileBytes: (stats.lastPageNumber + 1) * stats.pageSize,
    entries: stats.entryCount - 1,
  };
}
