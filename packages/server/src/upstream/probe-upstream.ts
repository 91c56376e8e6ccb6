import { WeirError } from "@weir/protocol";
import { RemoteSilence } from "../remote/remote-connection.ts";
import { createKeyError, isFull, toRemoteError } from "../remote/to-remote-error.ts";
import { askWhole, type AskOptions, type WholeAnswer } from "./ask-whole.ts";
import type { UpstreamConnection } from "./upstream-connection.ts";
import { guessDialect, toDialectHeaders, toRoutes, type UpstreamRoutes } from "./upstream-routes.ts";
import type { UpstreamDialect, UpstreamServer } from "./upstream-target.ts";

/** What a server turned out to be. */
export interface ProbedUpstream {
  readonly routes: UpstreamRoutes;
  /** The models that it lists; empty where it does not list any. */
  readonly models: readonly string[];
}

export interface ProbeOptions extends Omit<AskOptions, "headers"> {
  /** The name it is served under here, for messages. */
  readonly name: string;
  readonly key: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

type Listing = { readonly dialect: UpstreamDialect | undefined; readonly models: readonly string[] };

/**
 * Asks a server for its models, in the API that is given, that its address shows, or that it answers in. Rejects with RemoteSilence,
 * REMOTE_REFUSED, or what its answer means.
 */
export async function probeUpstream(
  connection: UpstreamConnection,
  server: Pick<UpstreamServer, "url" | "dialect">,
  options: ProbeOptions,
  signal: AbortSignal,
): Promise<ProbedUpstream> {
  const known = server.dialect ?? guessDialect(server.url);
  const tries: readonly UpstreamDialect[] = known === undefined ? ["openai", "ollama"] : [known];
  for (const dialect of tries) {
    const routes = toRoutes(server.url, dialect);
    const answer = await askModels(connection, routes, options, signal);
    const listing = readListing(answer);
    if (known === undefined && listing.dialect === "anthropic") {
      // It was asked with the other API's key.
      const theirs = toRoutes(server.url, "anthropic");
      const again = await askModels(connection, theirs, options, signal);
      judge(options.name, again, true);
      return { routes: theirs, models: readListing(again).models };
    }
    if (known !== undefined || listing.dialect === dialect || isRefusal(answer)) {
      judge(options.name, answer, known !== undefined);
      return { routes, models: listing.models };
    }
  }
  const message = `the server behind model ${options.name} speaks no API that is known here: neither its /v1/models nor its /api/tags lists models. Name the API with NAME=openai+URL, anthropic+URL or ollama+URL`;
  throw new WeirError("REMOTE_REFUSED", message);
}

function askModels(
  connection: UpstreamConnection,
  routes: UpstreamRoutes,
  { key, headers, timeouts }: ProbeOptions,
  signal: AbortSignal,
): Promise<WholeAnswer> {
  const all = { ...headers, ...toDialectHeaders(routes.dialect, key) };
  const request = { method: "GET", path: routes.models, body: undefined } as const;
  return askWhole(connection, request, { headers: all, timeouts }, signal);
}

/** Throws where the server is no use. `given`: the API is certain, and not every server of it lists models. */
function judge(name: string, answer: WholeAnswer, given: boolean): void {
  const { status } = answer;
  if (status === 401 || status === 403) throw createKeyError(name, status);
  if (status === 200 || isFull(answer)) return;
  if (given && [400, 404, 405, 501].includes(status)) return;
  const error = toRemoteError(name, answer, "openai");
  if (error.code === "LOOP_DETECTED") throw error;
  if (status >= 500) throw new RemoteSilence("unreachable", `answers ${status}`, undefined);
  throw error;
}

function isRefusal(answer: WholeAnswer): boolean {
  return answer.status === 401 || answer.status === 403 || answer.status >= 500 || isFull(answer);
}

/** What an answer says of the API that it is in. */
function readListing({ body }: WholeAnswer): Listing {
  const answer = tryParse(body);
  const { data, models, type } = answer;
  if (type === "error") return { dialect: "anthropic", models: [] };
  if (Array.isArray(data)) {
    const isAnthropic = data.some(
      (model) => readText(model, "type") === "model" && readText(model, "object") === undefined,
    );
    return {
      dialect: isAnthropic ? "anthropic" : "openai",
      models: data.flatMap((model) => readText(model, "id") ?? []),
    };
  }
  if (!Array.isArray(models)) return { dialect: undefined, models: [] };
  return { dialect: "ollama", models: models.flatMap((model) => readText(model, "name") ?? []) };
}

function tryParse(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body).toString());
    return typeof parsed === "object" && parsed !== null ? (parsed as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

function readText(value: unknown, name: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const text = (value as Readonly<Record<string, unknown>>)[name];
  return typeof text === "string" ? text : undefined;
}

/** The model's name at the server: as it was given; else the name here, unless the server has one model only, of another name. */
export function chooseModelName(
  name: string,
  given: string | undefined,
  { routes, models }: ProbedUpstream,
): string {
  if (given !== undefined) return given;
  const [only] = models;
  if (models.length !== 1 || only === undefined) return name;
  // Ollama adds the tag itself.
  return routes.dialect === "ollama" && only === `${name}:latest` ? name : only;
}
