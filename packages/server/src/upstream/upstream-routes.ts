import type { UpstreamDialect } from "./upstream-target.ts";

/** Where a server is asked in one API. Paths with their query. */
export interface UpstreamRoutes {
  readonly dialect: UpstreamDialect;
  readonly chat: string;
  /** Lists models: what a trial asks for. */
  readonly models: string;
  /** Counts tokens; undefined where the API has none. */
  readonly countTokens: string | undefined;
}

/** Paths of the APIs, as they may stand at the end of an address. */
const endings: readonly (readonly [ending: RegExp, dialect: UpstreamDialect])[] = [
  [/\/v1\/messages$/, "anthropic"],
  [/\/chat\/completions$/, "openai"],
  [/\/api\/chat$/, "ollama"],
  [/\/api$/, "ollama"],
];

/** The API that an address belongs to by its own words; undefined where it does not say. */
export function guessDialect(url: string): UpstreamDialect | undefined {
  const { hostname, pathname } = new URL(url);
  const path = pathname.replace(/\/+$/, "");
  const [, dialect] = endings.find(([ending]) => ending.test(path)) ?? [];
  return dialect ?? (hostname === "api.anthropic.com" ? "anthropic" : undefined);
}

export function toRoutes(url: string, dialect: UpstreamDialect): UpstreamRoutes {
  const { pathname, search } = new URL(url);
  const path = pathname.replace(/\/+$/, "");
  const base = endings.reduce((left, [ending]) => left.replace(ending, ""), path);
  switch (dialect) {
    case "openai": {
      // A client's base URL ends in a version; OpenAI's is /v1, others count on.
      const versioned = /\/v\d\w*$/.test(base) || path.endsWith("/chat/completions") ? base : `${base}/v1`;
      const chat = `${versioned}/chat/completions${search}`;
      return { dialect, chat, models: `${versioned}/models${search}`, countTokens: undefined };
    }
    case "anthropic": {
      const root = base.replace(/\/v1$/, "");
      return {
        dialect,
        chat: `${root}/v1/messages${search}`,
        models: `${root}/v1/models${search}`,
        countTokens: `${root}/v1/messages/count_tokens${search}`,
      };
    }
    case "ollama": {
      const root = base.replace(/\/v1$/, "");
      return {
        dialect,
        chat: `${root}/api/chat${search}`,
        models: `${root}/api/tags${search}`,
        countTokens: undefined,
      };
    }
  }
}

/** How the key is shown, and what else every request of the API needs. */
export function toDialectHeaders(
  dialect: UpstreamDialect,
  key: string | undefined,
): Readonly<Record<string, string>> {
  if (dialect !== "anthropic") return key === undefined ? {} : { authorization: `Bearer ${key}` };
  return { "anthropic-version": "2023-06-01", ...(key === undefined ? {} : { "x-api-key": key }) };
}
