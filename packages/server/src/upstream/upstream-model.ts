import type { ChatJob } from "@weir/engine";
import { chatDialects, replaceField, WeirError } from "@weir/protocol";
import type { RemoteChat } from "../models/backend-holder.ts";
import type { ChatBackendInfo, ChatOrigin } from "../models/chat-backend.ts";
import { toAffinity } from "../models/agent-affinity.ts";
import type { BackendState } from "../models/embedding-backend.ts";
import { encodePassedServers, passedServersHeader } from "../remote/passed-servers.ts";
import { toDownError } from "../remote/to-remote-error.ts";
import type { ReadAnswer } from "./answer-reading.ts";
import { choosePlace } from "./choose-place.ts";
import { toCountBody, readCount } from "./count-tokens.ts";
import { openPlaces, type OpenedPlaces, type UpstreamModelOptions } from "./open-places.ts";
import { passStream, passWhole } from "./pass-answer.ts";
import { joinStates } from "./join-states.ts";
import { toUpstreamRequest, translateAnswer } from "./translate-answer.ts";
import type { Attempt, UpstreamPlace } from "./upstream-place.ts";
import { toDialectHeaders, type UpstreamRoutes } from "./upstream-routes.ts";
import type { UpstreamDialect } from "./upstream-target.ts";

/** A chat model on other servers. */
export interface UpstreamModel extends RemoteChat {
  /** The servers, as people may see them. */
  readonly servers: readonly {
    readonly url: string;
    readonly model: string;
    readonly jobs: number;
    readonly state: BackendState;
  }[];
  /** The API they are asked in. */
  readonly dialect: UpstreamDialect;
}

/** What is sent to whichever server it is that is asked. */
interface Asking<Result> {
  readonly path: (routes: UpstreamRoutes) => string;
  /** `model` is the model's name there. */
  readonly body: (model: string) => Uint8Array;
  readonly accept: string;
  readonly read: ReadAnswer<Result>;
}

const info: ChatBackendInfo = {
  device: "remote",
  precision: "unknown",
  reference: false,
  contextTokens: undefined,
  weightBytes: undefined,
  model: undefined,
};

/** Rejects where none of its servers is of use; nothing is left open then. */
export async function openUpstreamModel(
  options: UpstreamModelOptions,
  signal: AbortSignal,
): Promise<UpstreamModel> {
  const { name, serverId, key } = options;
  const opened: OpenedPlaces = await openPlaces(options, signal);
  const { dialect, places } = opened;
  const wire = chatDialects[dialect];
  const common: Readonly<Record<string, string>> = {
    "user-agent": "weir",
    "content-type": "application/json",
    "accept-encoding": "identity",
    ...toDialectHeaders(dialect, key),
  };
  let turn = 0;
  let stopped = false;
  const readState = (): BackendState =>
    stopped ? { kind: "stopped" } : joinStates(places.map(({ place }) => place.watch.state));

  function toHeaders({ passedServers = [], isRetry }: ChatOrigin, accept: string): Record<string, string> {
    return {
      ...common,
      accept,
      [passedServersHeader]: encodePassedServers([...passedServers, serverId]),
      // As the clients that OpenAI generates count them: another Weir keeps a place for who comes again.
      ...(isRetry === true ? { "x-stainless-retry-count": "1" } : {}),
    };
  }

  /** Asks one server, and where that gave the client nothing yet, once more: another one, or the same. */
  async function ask<Result>(
    { path, body, accept, read }: Asking<Result>,
    jobSignal: AbortSignal,
    origin: ChatOrigin,
  ): Promise<Result> {
    const headers = toHeaders(origin, accept);
    const all = places.map(({ place }) => place);
    const askOne = (chosen: UpstreamPlace): Promise<Attempt<Result>> => {
      const { routes, model } = places.find(({ place }) => place === chosen)!;
      return chosen.ask({ method: "POST", path: path(routes), headers, body: body(model) }, read, jobSignal);
    };
    const first = choosePlace(all, origin.affinity, (turn += 1));
    const state = readState();
    if (first === undefined) throw toDownError(name, state.kind === "ready" ? { kind: "stopped" } : state);
    const attempt = await askOne(first);
    if (attempt.kind === "done") return attempt.result;
    if (attempt.retry === "none") throw attempt.error;
    const others = all.filter((place) => place !== first);
    const second =
      choosePlace(others, origin.affinity, turn) ?? (attempt.retry === "same" ? first : undefined);
    if (second === undefined) throw attempt.error;
    const again = await askOne(second);
    if (again.kind === "done") return again.result;
    throw again.error;
  }

  return {
    name,
    dialect,
    info,
    replicas: [],
    url: places.map(({ place }) => place.id).join(", "),
    memory: undefined,
    get servers() {
      return places.map(({ place, model }) => ({
        url: place.id,
        model,
        jobs: place.jobs,
        state: place.watch.state,
      }));
    },
    get state() {
      return readState();
    },
    get slots() {
      return places.reduce((sum, { place }) => sum + (place.takesJobs ? place.slots : 0), 0);
    },
    chat(job: ChatJob, hooks, jobSignal, origin = {}) {
      const request = toUpstreamRequest(job.request, dialect);
      return ask(
        {
          path: ({ chat }) => chat,
          body: (model) => wire.encodeRequest({ ...request, model }, { kind: "stream", usage: true }),
          accept: wire.streamType,
          read: translateAnswer(dialect, hooks),
        },
        jobSignal,
        { ...origin, ...toAffinity(job.agent) },
      );
    },
    async countTokens(request, jobSignal) {
      const route = places[0]!.routes.countTokens;
      if (route === undefined) {
        const message = `another server computes model ${name} and counts no tokens in its API (${dialect}). Ask for an answer: its usage has them`;
        throw new WeirError("INVALID_REQUEST", message);
      }
      const counted = toUpstreamRequest(request, dialect);
      return ask(
        {
          path: ({ countTokens }) => countTokens!,
          body: (model) => toCountBody({ ...counted, model }),
          accept: "application/json",
          read: readCount,
        },
        jobSignal,
        {},
      );
    },
    passing: {
      dialect,
      pass({ body, streams }, to, jobSignal, origin = {}) {
        return ask(
          {
            path: ({ chat }) => chat,
            body: (model) => replaceField(body, "model", model),
            accept: streams ? wire.streamType : "application/json",
            read: (head) => (streams ? passStream : passWhole)(dialect, to, head),
          },
          jobSignal,
          origin,
        );
      },
    },
    async [Symbol.asyncDispose]() {
      stopped = true;
      await opened[Symbol.asyncDispose]();
    },
  };
}
