import type { FlagReader } from "../../flags/flag-reader.ts";
import { resolveChat } from "./resolve-chat.ts";
import { resolveEmbeddings } from "./resolve-embeddings.ts";
import { resolveHttp } from "./resolve-http.ts";
import { parseMixPart, resolveMix } from "./resolve-mix.ts";
import type { RequestAddress } from "./request-address.ts";
import type { ResolvedWorkload } from "./resolved-workload.ts";
import { resolveScenario } from "./resolve-scenario.ts";
import { resolveUpload } from "./resolve-upload.ts";
import {
  createSingleWorkloadOptions,
  describeForeignFlags,
  looksPlain,
  pointedAt,
  workloadKinds,
  type WorkloadFlags,
  type WorkloadKind,
} from "./workload-kinds.ts";

export interface WorkloadContext {
  readonly read: FlagReader;
  /** Undefined where the URL is none, which was noted; the flags are checked all the same. */
  readonly address: RequestAddress | undefined;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly seed: number;
  /** Names of flags that come from the environment: they say how a workload is, and not which. */
  readonly ambient: ReadonlySet<string>;
  /** Told what was concluded where no workload was named, a sentence. */
  readonly tell: (note: string) => void;
}

const anywhere: RequestAddress = { server: "http://localhost", path: "/" };

/** What the flags and the URL come to. Problems are noted, flags of other workloads among them. */
export async function resolveWorkload(
  flags: WorkloadFlags,
  context: WorkloadContext,
): Promise<ResolvedWorkload | undefined> {
  const { read } = context;
  const said = withoutAmbient(flags, context.ambient);
  if (flags.mix !== undefined) return await resolveParts(flags.mix, said, context);
  const kind = chooseKind(flags, said, context);
  for (const problem of describeForeignFlags(said, kind)) read.note(problem);
  return await resolveKind(kind, flags, context.address ?? anywhere, context);
}

/** The workload that flags and URL come to, where they are no mix. */
function chooseKind(
  flags: WorkloadFlags,
  said: WorkloadFlags,
  { read, address, tell }: WorkloadContext,
): WorkloadKind {
  const pointed = pointedAt(said, address);
  const named = said.workload ?? (pointed === undefined ? flags.workload : undefined);
  if (named !== undefined) return read.oneOf("workload", named, workloadKinds, pointed ?? "embeddings");
  if (pointed !== undefined) return pointed;
  if (address === undefined || !looksPlain(said, address)) return "embeddings";
  tell(
    `taken as plain HTTP, GET ${address.path}, because the URL names a path; for a model's API behind it say --workload embeddings or chat`,
  );
  return "http";
}

async function resolveKind(
  kind: WorkloadKind,
  flags: WorkloadFlags,
  address: RequestAddress,
  { read, headers, seed }: WorkloadContext,
): Promise<ResolvedWorkload | undefined> {
  switch (kind) {
    case "embeddings":
      return await resolveEmbeddings(flags, read, address);
    case "chat":
    case "tools":
    case "conversation":
      return await resolveChat(kind, flags, seed, read, address);
    case "http":
      return await resolveHttp(flags, read, address, headers);
    case "upload":
    case "image":
    case "pdf":
      return await resolveUpload(kind, flags, read, address);
    case "scenario":
      return resolveScenario(flags, read, address, headers);
  }
}

async function resolveParts(
  texts: readonly string[],
  said: WorkloadFlags,
  context: WorkloadContext,
): Promise<ResolvedWorkload | undefined> {
  const { read, address = anywhere } = context;
  if (said.workload !== undefined)
    read.note("--workload and --mix exclude each other: each part of a mix names its own.");
  for (const problem of describeForeignFlags(said, "mix")) read.note(problem);
  const parsed = texts.map((text) => read.attempt(() => parseMixPart(text, createSingleWorkloadOptions())));
  const parts = parsed.filter((part) => part !== undefined);
  if (parts.length < texts.length) return undefined;
  return await resolveMix(parts, read, address, async ({ kind: named, flags }, partAddress) => {
    const kind = read.oneOf("mix", named, workloadKinds, "http");
    for (const problem of describeForeignFlags(flags, kind)) read.note(`--mix: ${problem}`);
    return await resolveKind(kind, flags, partAddress, context);
  });
}

/** Flags without those of the environment, which say how a workload is, and not which. */
export function withoutAmbient(flags: WorkloadFlags, ambient: ReadonlySet<string>): WorkloadFlags {
  return Object.fromEntries(Object.entries(flags).filter(([name]) => !ambient.has(name)));
}
