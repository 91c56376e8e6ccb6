import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** What a Parquet file begins and ends with. */
const magic = "PAR1";

/**
 * Whether a file is whole Parquet, as far as can be seen without reading it; `absent` where there is none. One that is
 * not would make every question about all of them fail.
 */
export function checkParquet(file: string): "whole" | "damaged" | "absent" {
  let handle: number;
  try {
    handle = openSync(file, "r");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "absent" : "damaged";
  }
  try {
    const { size } = fstatSync(handle);
    const read = (at: number): string => {
      const bytes = Buffer.alloc(magic.length);
      readSync(handle, bytes, 0, magic.length, at);
      return bytes.toString("latin1");
    };
    return size > 12 && read(0) === magic && read(size - magic.length) === magic ? "whole" : "damaged";
  } finally {
    closeSync(handle);
  }
}
