import { chatDialects, embeddingDialects, WeirError } from "@weir/protocol";
import type { RunRequest, Suite } from "@weir/lab";
import type { CommandContext } from "../command-context.ts";
import { FlagReader } from "../flags/flag-reader.ts";
import { resolveRunOptions } from "../run/resolve-run-options.ts";
import { createChatOptions } from "../run/workloads/chat-flags.ts";
import { createEmbeddingsOptions } from "../run/workloads/embeddings-flags.ts";
import type { RunFlags } from "../run/run-flags.ts";
import type { CheckFlags } from "./check-flags.ts";
import { resolveSettings } from "./resolve-settings.ts";

export interface ResolvedCheck {
  readonly target:
    | { readonly kind: "url"; readonly url: string }
    | { readonly kind: "start"; readonly command: string };
  readonly bases: readonly [RunRequest, ...RunRequest[]];
  readonly settings: Readonly<Record<string, number>>;
  readonly repeats: number;
}

type Kind = "embeddings" | "chat";

/** Stands for a server that is not started yet. */
const placeholder = "http://127.0.0.1";
const mostRepeats = 100;

/**
 * Checks all flags and reads the files that they name. Throws USAGE with every problem of what is a suite's own.
 * @param readsUrl whether the suite takes URL and socket as they were given, and resolves them for each run
 */
export async function resolveCheckOptions(
  suite: Suite,
  url: string | undefined,
  flags: CheckFlags,
  env: CommandContext["env"],
  ambient: ReadonlySet<string>,
  readsUrl: boolean,
): Promise<ResolvedCheck> {
  const read = new FlagReader(ambient);
  const start = resolveStart(url, flags, ambient);
  const settings = resolveSettings(suite, flags, read, ambient);
  const repeats = read.whole("repeats", flags.repeats, { least: 1, most: mostRepeats, absent: 1 });
  const kinds = chooseKinds(suite, flags, ambient, read);
  read.end();
  const given = start === undefined ? (url ?? absentUrl(flags)) : placeholder;
  const bases: RunRequest[] = [];
  for (const kind of kinds)
    bases.push(await resolveBase(readsUrl ? placeholder : given, kind, flags, env, ambient));
  return {
    target:
      start === undefined
        ? { kind: "url", url: readsUrl ? given : bases[0]!.url }
        : { kind: "start", command: start },
    bases: bases as [RunRequest, ...RunRequest[]],
    settings,
    repeats,
  };
}

function resolveStart(
  url: string | undefined,
  { start }: CheckFlags,
  ambient: ReadonlySet<string>,
): string | undefined {
  if (start === undefined || url === undefined) return start;
  if (ambient.has("start")) return undefined;
  throw new WeirError("USAGE", `expected a URL or --start, got both: ${url} and ${JSON.stringify(start)}.`);
}

// A socket has one server behind it; anything else has to be named.
function absentUrl(flags: CheckFlags): string {
  if (flags.unix !== undefined) return "http://localhost";
  throw new WeirError(
    "USAGE",
    'the server is missing: its URL, e.g. weir check five-phases http://127.0.0.1:8787, or --start "CMD --port {port}".',
  );
}

/** What the server may be asked for, by preference. */
function chooseKinds(
  { name, workload = "any" }: Suite,
  flags: CheckFlags,
  ambient: ReadonlySet<string>,
  read: FlagReader,
): readonly Kind[] {
  const said = ambient.has("workload") && workload !== "any" ? undefined : flags.workload;
  const asked =
    said === undefined ? undefined : read.oneOf<Kind>("workload", said, ["embeddings", "chat"], "embeddings");
  if (workload !== "any") {
    if (asked !== undefined && asked !== workload)
      read.note(`--workload: the suite ${name} is about ${workload}, got ${asked}. Leave it out.`);
    return [workload];
  }
  if (asked !== undefined) return [asked];
  const given = (names: readonly string[]): boolean =>
    names.some(
      (each) => !ambient.has(each) && (flags as Readonly<Record<string, unknown>>)[each] !== undefined,
    );
  const { dialect } = flags;
  const isOnlyOf = (one: object, other: object): boolean =>
    dialect !== undefined && dialect in one && !(dialect in other);
  if (isOnlyOf(chatDialects, embeddingDialects) || given(namesOf(createChatOptions()))) return ["chat"];
  if (isOnlyOf(embeddingDialects, chatDialects) || given(namesOf(createEmbeddingsOptions())))
    return ["embeddings"];
  return ["embeddings", "chat"];
}

function namesOf(options: readonly { attributeName(): string }[]): readonly string[] {
  return options.map((option) => option.attributeName());
}

async function resolveBase(
  url: string,
  workload: Kind,
  flags: CheckFlags,
  env: CommandContext["env"],
  ambient: ReadonlySet<string>,
): Promise<RunRequest> {
  const { users: _, rate: __, duration: ___, requests: ____, slo, ...shared } = flags;
  const asRun: RunFlags = { ...shared, workload, ...(slo !== undefined && { slo }) };
  const request = await resolveRunOptions(url, asRun, env, { ambient });
  return slo === undefined ? { ...request, limits: [] } : request;
}
