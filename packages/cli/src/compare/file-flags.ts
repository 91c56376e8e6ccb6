import type { Option } from "commander";
import { createFlags } from "../run/create-flags.ts";

/** The flags of comparisons file by file, as they were written. */
export interface FileFlags {
  readonly pdfDir?: string | undefined;
  readonly image?: readonly string[] | undefined;
  readonly dpi?: string | undefined;
  readonly maxFiles?: string | undefined;
  readonly output?: string | undefined;
  readonly names?: string | undefined;
}

export function createFileOptions(): Option[] {
  return createFlags("File by file:", [
    ["--pdf-dir <dir>", "send each PDF of a folder once a half, to both in the same order"],
    ["--image <path>", "the same for an image, or for those of a folder; repeatable", "repeatable"],
    ["--dpi <number>", "field dpi of the form that a file is sent in; with --raw it is part of the query"],
    ["--max-files <number>", "send only so many files, the first by name (default: all)"],
    ["--output <file>", "write what became of each file as JSON; it is files.json of the run folder, too"],
    ["--names <a,b>", "what A and B are called, e.g. python,rust (default: A,B)"],
  ]);
}
