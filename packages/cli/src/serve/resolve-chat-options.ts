import type { KvType } from "@weir/engine";
import type { AnswerCacheOptions } from "@weir/server";
import type { ChatSettings } from "./chat-options.ts";

/** How chat models are run. */
export interface ResolvedChatOptions {
  /** Undefined for the model's own. */
  readonly contextTokens: number | undefined;
  readonly sequences: number;
  readonly kv: {
    readonly type: KvType;
    /** Undefined for the system's own cache folder. */
    readonly directory: string | undefined;
    /** 0 for none on disk. */
    readonly diskBytes: number;
    /** Undefined for what all conversations take. */
    readonly ramBytes: number | undefined;
  };
  /** Path of a file. */
  readonly prewarm: string | undefined;
  /** A family's name or a path. */
  readonly template: string | undefined;
  /** `lookup`, a path or a reference chat model's name. */
  readonly speculate: string | undefined;
  /** Undefined where no answers are kept. */
  readonly answers: Required<AnswerCacheOptions> | undefined;
}

/** `toPath` makes a path that was written in the configuration file one beside that file. */
export function resolveChatOptions(
  settings: ChatSettings,
  toPath: (name: keyof ChatSettings, path: string) => string,
): ResolvedChatOptions {
  const { context, parallel, kvType, kvDisk, kvRam } = settings;
  const pathOf = (name: "kvDir" | "prewarm" | "chatTemplate" | "speculate"): string | undefined => {
    const path = settings[name];
    return path === undefined ? undefined : toPath(name, path);
  };
  return {
    contextTokens: context === "auto" ? undefined : context,
    sequences: parallel,
    kv: {
      type: kvType,
      directory: pathOf("kvDir"),
      diskBytes: kvDisk,
      ramBytes: kvRam === "auto" ? undefined : kvRam,
    },
    prewarm: pathOf("prewarm"),
    template: pathOf("chatTemplate"),
    speculate: pathOf("speculate"),
    answers:
      settings.answerCache === "off"
        ? undefined
        : {
            mode: settings.answerCache,
            maxBytes: settings.answerCacheMb * 1e6,
            threshold: settings.answerCacheThreshold,
            ttlMs: settings.answerCacheTtl,
          },
  };
}
