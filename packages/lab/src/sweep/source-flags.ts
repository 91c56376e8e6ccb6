import path from "node:path";
import type { SweepRequest } from "./sweep-request.ts";

/** What a command needs beside the settings of a case to send the same to the same place. */
export interface SourceFlags {
  /** The server; of uploads with the path that takes them. */
  readonly url: string;
  /** Flags that `weir run` and `weir sweep` both have, each of which was not left out: `--model m --cache warm`. Empty for none. */
  readonly shared: string;
  /** Those that only `weir sweep` has. */
  readonly ofSweep: string;
}

/** Values of headers may be keys: only their names are in it. */
export function toSourceFlags({
  url,
  source,
  headers,
}: Pick<SweepRequest, "url" | "source" | "headers">): SourceFlags {
  const named = Object.keys(headers).map((name) => `--header "${name}: ..."`);
  if (source.kind === "upload") {
    const { path: under, files, form, dpiParameter } = source;
    const shared = [
      ...(files === undefined ? [] : [`--files ${quote(folderOf(files.map((file) => file.path)))}`]),
      ...(form.kind === "raw" ? ["--raw"] : form.field === "file" ? [] : [`--field ${quote(form.field)}`]),
      ...named,
    ];
    const ofSweep = dpiParameter === "dpi" ? "" : `--dpi-param ${quote(dpiParameter)}`;
    return { url: quote(`${url.replace(/\/$/, "")}${under}`), shared: shared.join(" "), ofSweep };
  }
  const { dialect, model, cache } = source;
  const shared = [
    ...(source.kind === "embeddings" && source.directory !== undefined
      ? [`--texts ${quote(source.directory)}`]
      : []),
    ...(dialect === "auto" ? [] : [`--dialect ${dialect}`]),
    ...(model === undefined ? [] : [`--model ${quote(model)}`]),
    ...(cache === "warm" ? ["--cache warm"] : []),
    ...(source.kind === "chat" && !source.stream ? ["--no-stream"] : []),
    ...(source.kind === "chat" && source.ignoreEos ? ["--ignore-eos"] : []),
    ...named,
  ];
  return { url: quote(url), shared: shared.join(" "), ofSweep: "" };
}

/** The one file, or the folder that all of them lie below. */
function folderOf(files: readonly string[]): string {
  const [first = ".", ...others] = files;
  if (others.length === 0) return first;
  let folder = path.dirname(first);
  while (others.some((file) => !file.startsWith(folder + path.sep)) && folder !== path.dirname(folder))
    folder = path.dirname(folder);
  return folder;
}

/** As a POSIX shell takes it for one word. */
function quote(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
