import { kvTypes, type KvType } from "@weir/engine";
import type { AnswerCacheMode } from "@weir/server";
import {
  choice,
  duration,
  named,
  orAuto,
  share,
  size,
  text,
  whole,
  type OptionKind,
} from "./option-kinds.ts";

/** What `weir serve` can be told of chat models. */
export interface ChatSettings {
  readonly context: number | "auto";
  readonly parallel: number;
  readonly kvType: KvType;
  readonly kvDir: string | undefined;
  readonly kvDisk: number;
  readonly kvRam: number | "auto";
  readonly prewarm: string | undefined;
  readonly chatTemplate: string | undefined;
  readonly speculate: string | undefined;
  readonly answerCache: AnswerCacheMode | "off";
  readonly answerCacheMb: number;
  readonly answerCacheThreshold: number;
  readonly answerCacheTtl: number;
}

interface ChatOption<Value> {
  readonly group: string;
  readonly kind: OptionKind<Exclude<Value, undefined>>;
  readonly absent: string | undefined;
  readonly description: string;
}

const group = "Chat";

/** The part of the table of options that is of chat models. */
export const chatOptions: { readonly [Name in keyof ChatSettings]: ChatOption<ChatSettings[Name]> } = {
  context: {
    group,
    kind: named("tokens", orAuto(whole(64, 10_000_000))),
    absent: "auto",
    description:
      "longest conversation of a chat model, its answer included; auto is the model's own, at most 8192",
  },
  parallel: {
    group,
    kind: whole(1, 256),
    absent: "4",
    description:
      "conversations that a chat model computes beside each other and keeps in memory; each takes a context's worth of KV cache",
  },
  kvType: {
    group,
    kind: choice(...kvTypes),
    absent: "f16",
    description: "numbers of the KV cache; q8_0 takes half the memory of f16, q4_0 a quarter",
  },
  kvDir: {
    group,
    kind: named("dir", text),
    absent: undefined,
    description:
      "folder for the states of conversations, which survive a restart there (default: conversations/ in the cache folder of this system)",
  },
  kvDisk: {
    group,
    kind: size(1e6),
    absent: "4GB",
    description:
      "size of those states on disk for each chat model; the least recently used are dropped; 0 keeps conversations in memory alone",
  },
  kvRam: {
    group,
    kind: orAuto(size(1e6)),
    absent: "auto",
    description:
      "memory for conversations that are kept ready; auto is what --parallel conversations of --context take",
  },
  prewarm: {
    group,
    kind: named("file", text),
    absent: undefined,
    description:
      'JSON with the beginnings of conversations that every key shares, [{"system": "...", "tools": [...]}], computed before the model is ready (default: none)',
  },
  chatTemplate: {
    group,
    kind: named("family|file", text),
    absent: undefined,
    description:
      "template and way of calling tools of a chat model whose file has none that is known: a family such as chatml or qwen, or a Jinja file (default: as the model's file says)",
  },
  speculate: {
    group,
    kind: named("lookup|model", text),
    absent: undefined,
    description:
      "guess tokens ahead, which changes no answer at temperature 0: lookup guesses from the conversation, a small .gguf or a reference chat model's name by that (default: none are guessed)",
  },
  answerCache: {
    group,
    kind: choice<AnswerCacheMode | "off">("off", "exact", "semantic"),
    absent: "off",
    description:
      "keep whole answers of chat models in memory, per API key, to requests with a temperature of 0 and without tools; semantic finds, beside the same request, one whose last message means nearly the same to the first embedding model served",
  },
  answerCacheMb: {
    group,
    kind: named("megabytes", whole(1, 1_000_000)),
    absent: "64",
    description: "memory for those answers; those that were asked for longest ago are dropped",
  },
  answerCacheThreshold: {
    group,
    kind: share,
    absent: "0.95",
    description:
      "least likeness (cosine) of two last messages that get the same answer with --answer-cache semantic",
  },
  answerCacheTtl: {
    group,
    kind: duration(1),
    absent: "24h",
    description: "time after which an answer is computed anew",
  },
};
