import type { RunRequest } from "@weir/lab";
import type { UploadPlan } from "@weir/load";
import type { FlagReader } from "../flags/flag-reader.ts";
import { endings, listFiles } from "../run/workloads/resolve-upload.ts";
import type { CompareFlags } from "./compare-flags.ts";

interface BothHalves {
  readonly a: RunRequest;
  readonly b: RunRequest;
}

/** A comparison file by file. */
export interface FileComparison {
  /** What the flags of a run are to be. */
  readonly flags: Pick<CompareFlags, "workload" | "files">;
  /** Makes halves of the runs that the flags come to: each file once, in the same order. */
  readonly toHalves: (runs: BothHalves) => BothHalves;
}

/** What a half is made of already. */
const shapes = [
  "duration",
  "roundDuration",
  "requests",
  "ramp",
  "spike",
  "replay",
  "preset",
  "rate",
] as const;

/** Undefined where no files are to be compared. Problems are noted. */
export async function readFileFlags(
  given: CompareFlags,
  read: FlagReader,
): Promise<FileComparison | undefined> {
  const { pdfDir, image } = given;
  const maxFiles = read.whole("max-files", given.maxFiles, { least: 1, absent: Number.MAX_SAFE_INTEGER });
  const dpi = given.dpi === undefined ? undefined : read.whole("dpi", given.dpi, { least: 1, absent: 150 });
  if (pdfDir === undefined && image === undefined) {
    for (const flag of ["dpi", "max-files", "output"] as const)
      if (given[flag === "max-files" ? "maxFiles" : flag] !== undefined)
        read.note(
          `--${flag} is about files that are compared one by one: name them with --pdf-dir or --image.`,
        );
    return undefined;
  }
  if (pdfDir !== undefined && image !== undefined)
    read.note("--pdf-dir and --image exclude each other: compare by one of them.");
  if (given.workload !== undefined || given.files !== undefined)
    read.note("--pdf-dir and --image say what is sent: leave out --workload and --files.");
  for (const shape of shapes)
    if (given[shape] !== undefined)
      read.note(
        `each half sends every file once, so it has no other length or rate: leave out --${shape === "roundDuration" ? "round-duration" : shape}. --max-rounds and --max-files bound it.`,
      );
  const kind = pdfDir === undefined ? "image" : "pdf";
  const [flag, places] = pdfDir === undefined ? ["--image", image!] : ["--pdf-dir", [pdfDir]];
  const listed = await Promise.all(
    places.map(async (place) => await read.attemptAsync(() => listFiles(place, endings[kind], flag))),
  );
  const files = listed.flatMap((found) => found ?? []).slice(0, maxFiles);
  return {
    flags: { workload: kind, files: places[0] },
    toHalves: (runs) => ({ a: toHalf(runs.a, files, dpi), b: toHalf(runs.b, files, dpi) }),
  };
}

function toHalf(run: RunRequest, files: UploadPlan["files"], dpi: number | undefined): RunRequest {
  const { workload } = run;
  if (workload.kind !== "upload") return run;
  return {
    ...run,
    workload: { ...(dpi === undefined ? workload : withDpi(workload, dpi)), files, inTurn: true },
    requests: files.length,
    durationMs: undefined,
    // What is sent first is measured as well: there is nothing else to send before it.
    warmupMs: 0,
    // The list is one.
    workers: 1,
  };
}

function withDpi(workload: UploadPlan, dpi: number): UploadPlan {
  const { form, path } = workload;
  if (form.kind === "raw") return { ...workload, path: `${path}${path.includes("?") ? "&" : "?"}dpi=${dpi}` };
  return { ...workload, form: { ...form, fields: { ...form.fields, dpi: String(dpi) } } };
}
