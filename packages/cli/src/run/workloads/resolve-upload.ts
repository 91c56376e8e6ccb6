import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { parseExpectedStatus, type UploadPlan } from "@weir/load";
import { WeirError } from "@weir/protocol";
import type { FlagReader } from "../../flags/flag-reader.ts";
import { readMethod } from "./resolve-http.ts";
import type { RequestAddress } from "./request-address.ts";
import type { ResolvedWorkload } from "./resolved-workload.ts";
import type { UploadKind, UploadFlags } from "./upload-flags.ts";

/** What a file of each kind ends in; undefined where any does. */
export const endings: Readonly<Record<UploadKind, RegExp | undefined>> = {
  upload: undefined,
  image: /\.(?:png|jpe?g|webp|gif|bmp|tiff?)$/i,
  pdf: /\.pdf$/i,
};

/** Problems are noted; undefined where there are no files. */
export async function resolveUpload(
  kind: UploadKind,
  flags: UploadFlags,
  read: FlagReader,
  address: RequestAddress,
): Promise<ResolvedWorkload<UploadPlan> | undefined> {
  const expect = flags.expect ?? "2xx";
  read.attempt(() => parseExpectedStatus(expect));
  const method = readMethod(flags.method, read, "POST");
  if (flags.raw === true && flags.field !== undefined)
    read.note("--raw and --field exclude each other: a field is part of a form, and --raw sends none.");
  if (address.path === undefined)
    read.note(
      `an upload needs the path that takes the files, e.g. ${address.server}/v1/documents, got no path. Put it behind the URL.`,
    );
  const { files: place } = flags;
  if (place === undefined) {
    read.note("--files is missing: name a folder with the files to send.");
    return undefined;
  }
  const files = await read.attemptAsync(async () => await listFiles(place, endings[kind]));
  if (files === undefined) return undefined;
  const form: UploadPlan["form"] =
    flags.raw === true ? { kind: "raw" } : { kind: "multipart", field: flags.field ?? "file" };
  const workload: UploadPlan = { kind: "upload", method, path: address.path ?? "/", files, form, expect };
  return { url: address.server, workload };
}

/**
 * The files of a folder and of those in it, or one file, in the order of their names. Throws USAGE where there are none.
 * @param flag what named the place
 */
export async function listFiles(
  place: string,
  ending: RegExp | undefined,
  flag: string = "--files",
): Promise<UploadPlan["files"]> {
  const found = await stat(place).catch(() => undefined);
  if (found === undefined)
    throw new WeirError("USAGE", `${flag}: expected a folder or a file, got ${place}, which is not there.`);
  const names = found.isDirectory()
    ? (await readdir(place, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
        .map((entry) => path.resolve(entry.parentPath, entry.name))
    : [path.resolve(place)];
  const fitting = names.filter((name) => ending?.test(name) ?? true).toSorted();
  if (fitting.length === 0)
    throw new WeirError(
      "USAGE",
      `${flag}: expected at least one file to send in ${place}, got ${names.length === 0 ? "none" : `${names.length} of other kinds`}.`,
    );
  return await Promise.all(fitting.map(async (name) => ({ path: name, bytes: (await stat(name)).size })));
}
