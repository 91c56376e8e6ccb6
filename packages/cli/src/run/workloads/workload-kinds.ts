import { chatDialects, embeddingDialects } from "@weir/protocol";
import type { Option } from "commander";
import { createFlags } from "../create-flags.ts";
import {
  createChatOptions,
  createConversationOptions,
  createToolOptions,
  type ChatFlags,
} from "./chat-flags.ts";
import { createEmbeddingsOptions, type EmbeddingsFlags } from "./embeddings-flags.ts";
import { createHttpOptions, type HttpFlags } from "./http-flags.ts";
import { createMixOptions } from "./mix-flags.ts";
import { createModelOptions } from "./model-flags.ts";
import type { RequestAddress } from "./request-address.ts";
import { createScenarioOptions, type ScenarioFlags } from "./scenario-flags.ts";
import { isEndpoint } from "./is-endpoint.ts";
import { createUploadOptions, type UploadFlags } from "./upload-flags.ts";

/** What `--workload` takes. */
export const workloadKinds = [
  "embeddings",
  "chat",
  "tools",
  "conversation",
  "http",
  "upload",
  "image",
  "pdf",
  "scenario",
] as const;

/** What a request is; several of these beside each other are a mix. */
export type WorkloadKind = (typeof workloadKinds)[number];

/** The flags that say what a request is, as they were written. */
export interface WorkloadFlags extends EmbeddingsFlags, ChatFlags, HttpFlags, UploadFlags, ScenarioFlags {
  readonly workload?: string | undefined;
  readonly mix?: readonly string[] | undefined;
}

/** The flags of all workloads but the mix, under their headings. */
export function createSingleWorkloadOptions(): Option[] {
  return groups.toReversed().flatMap(({ createOptions }) => createOptions());
}

/** The flags that say what a request is, under their headings. */
export function createWorkloadOptions(): Option[] {
  return [
    ...createFlags("What is sent:", [
      [
        "--workload <kind>",
        `${workloadKinds.slice(0, -1).join(", ")} or ${workloadKinds.at(-1)!} (default: what the other flags and the URL say, else embeddings)`,
      ],
    ]),
    ...createSingleWorkloadOptions(),
    ...createMixOptions(),
  ];
}

interface FlagGroup {
  /** The workloads that these flags mean something to. The first is the one that they stand for where none is named. */
  readonly kinds: readonly WorkloadKind[];
  readonly createOptions: () => readonly Option[];
}

const uploads: readonly WorkloadKind[] = ["upload", "image", "pdf"];

// Those that are most telling first; in help they stand the other way round.
const groups: readonly FlagGroup[] = [
  { kinds: ["scenario"], createOptions: createScenarioOptions },
  { kinds: uploads, createOptions: createUploadOptions },
  { kinds: ["http"], createOptions: createHttpOptions },
  { kinds: ["conversation"], createOptions: createConversationOptions },
  { kinds: ["tools"], createOptions: createToolOptions },
  { kinds: ["chat", "tools", "conversation"], createOptions: createChatOptions },
  { kinds: ["embeddings"], createOptions: createEmbeddingsOptions },
  { kinds: ["embeddings", "chat", "tools", "conversation"], createOptions: createModelOptions },
];

/** Flags of plain HTTP that uploads have as well. */
const sharedWithUploads: ReadonlySet<string> = new Set(["method", "expect"]);

/**
 * The workload that the flags stand for, or the API whose own path the URL names; undefined where neither says
 * anything.
 */
export function pointedAt(
  flags: WorkloadFlags,
  address: RequestAddress | undefined,
): WorkloadKind | undefined {
  const flag = givenFlags(flags, ({ kinds }) => !isAboutModels(kinds))[0];
  if (flag !== undefined) return flag.kinds[0]!;
  const { dialect } = flags;
  if (dialect !== undefined && dialect in chatDialects && !(dialect in embeddingDialects)) return "chat";
  if (address === undefined) return undefined;
  if (isEndpoint(address, chatDialects)) return "chat";
  return isEndpoint(address, embeddingDialects) ? "embeddings" : undefined;
}

/** Whether the URL is one to send plain HTTP to as other load tools do: it has a path, and no flag is about a model. */
export function looksPlain(flags: WorkloadFlags, { path }: RequestAddress): boolean {
  const aboutModel = givenFlags(flags, ({ kinds }) => isAboutModels(kinds)).length > 0;
  return path !== undefined && path !== "/" && !aboutModel;
}

// Flags that several kinds share, of which some are embeddings, stand for none of them.
function isAboutModels(kinds: readonly WorkloadKind[]): boolean {
  return kinds.length > 1 && kinds[0] === "embeddings";
}

/** What is wrong with flags of another workload: whom they belong to. */
export function describeForeignFlags(flags: WorkloadFlags, kind: WorkloadKind | "mix"): readonly string[] {
  const foreign = givenFlags(flags, ({ kinds }) => kind === "mix" || !kinds.includes(kind));
  return foreign.map(({ long, kinds }) =>
    kind === "mix"
      ? `${long} beside --mix says nothing: put it into the part that it is for.`
      : `${long} belongs to --workload ${kinds.join(" or ")}, got --workload ${kind}. Leave it out, or change the workload.`,
  );
}

interface GivenFlag {
  readonly long: string;
  readonly kinds: readonly WorkloadKind[];
}

function givenFlags(flags: WorkloadFlags, wanted: (group: FlagGroup) => boolean): readonly GivenFlag[] {
  const written: Readonly<Record<string, unknown>> = { ...flags };
  const found = new Map<string, GivenFlag>();
  for (const group of groups)
    for (const option of group.createOptions()) {
      const name = option.attributeName();
      const kinds = sharedWithUploads.has(name) ? [...group.kinds, ...uploads] : group.kinds;
      if (written[name] === undefined || found.has(name) || !wanted({ ...group, kinds })) continue;
      found.set(name, {
        long: option.negate || written[name] !== false ? option.long! : `--no-${option.name()}`,
        kinds,
      });
    }
  return [...found.values()];
}
