import { duration, listOf, named, text, whole, type OptionKind } from "./option-kinds.ts";

/** What `weir serve` can be told of chat models on other servers. */
export interface UpstreamSettings {
  readonly upstream: readonly string[];
  readonly upstreamSlots: number;
  readonly upstreamFirstByte: number;
  readonly upstreamIdle: number;
}

interface UpstreamOption<Value> {
  readonly group: string;
  readonly kind: OptionKind<Value>;
  readonly absent: string | readonly string[];
  readonly description: string;
}

const group = "Models";

/** The part of the table of options that is of upstreams. */
export const upstreamOptions: {
  readonly [Name in keyof UpstreamSettings]: UpstreamOption<UpstreamSettings[Name]>;
} = {
  upstream: {
    group,
    kind: named("name=url", listOf(text)),
    absent: [],
    description:
      "a chat model of other servers, as NAME=[openai+|anthropic+|ollama+]URL[#MODEL]; several servers of one model as URL,URL or under the same name again; repeatable",
  },
  upstreamSlots: {
    group,
    kind: whole(1, 65_536),
    absent: "64",
    description: "answers that each server of an upstream writes at a time; other requests wait here",
  },
  upstreamFirstByte: {
    group,
    kind: duration(1),
    absent: "5m",
    description:
      "time from a request to an upstream to the first byte of its answer; an answer that is not streamed is whole by then",
  },
  upstreamIdle: {
    group,
    kind: duration(1),
    absent: "60s",
    description: "time between two parts of an upstream's answer, after which it counts as broken off",
  },
};
