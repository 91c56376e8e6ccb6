import type { Option } from "commander";
import { createFlags } from "../create-flags.ts";

/** `image` and `pdf` are uploads of such files alone. */
export type UploadKind = "upload" | "image" | "pdf";

/** The flags of uploads, as they were written. */
export interface UploadFlags {
  readonly files?: string | undefined;
  readonly field?: string | undefined;
  readonly raw?: boolean | undefined;
  readonly method?: string | undefined;
  readonly expect?: string | undefined;
}

export function createUploadOptions(): Option[] {
  return createFlags("Uploads:", [
    ["--files <dir>", "folder of files to send, one a request, to the URL's path; or one file"],
    ["--field <name>", "the form's field that the file is in (default: file)"],
    ["--raw", "send the file as it is, without a form around it"],
  ]);
}
