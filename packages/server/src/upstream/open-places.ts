import { setTimeout as delay } from "node:timers/promises";
import { WeirError } from "@weir/protocol";
import { toKnownError } from "../remote/open-remote.ts";
import { encodePassedServers, passedServersHeader } from "../remote/passed-servers.ts";
import { describeCause, RemoteSilence } from "../remote/remote-connection.ts";
import { toShownUrl } from "../remote/remote-target.ts";
import type { CircuitOptions } from "../replica/circuit-breaker.ts";
import type { ReplicaEvent } from "../replica/replica-events.ts";
import { restartDelayMs } from "../replica/restart-backoff.ts";
import { chooseModelName, probeUpstream, type ProbedUpstream, type ProbeOptions } from "./probe-upstream.ts";
import {
  openUpstreamConnection,
  type UpstreamConnection,
  type UpstreamTimeouts,
} from "./upstream-connection.ts";
import { UpstreamPlace } from "./upstream-place.ts";
import { toRoutes, type UpstreamRoutes } from "./upstream-routes.ts";
import type { UpstreamDialect, UpstreamServer, UpstreamTarget } from "./upstream-target.ts";

export interface UpstreamModelOptions extends UpstreamTarget {
  /** The name it is served under. */
  readonly name: string;
  /** What it adds to the servers that a request came through. */
  readonly serverId: string;
  readonly circuit?: Partial<CircuitOptions>;
  /** How long to wait for a first server that answers, in milliseconds. @default 0 */
  readonly patienceMs?: number;
  readonly onEvent?: (event: ReplicaEvent) => void;
  /** Called whenever `slots` may be another number than before. */
  readonly onSlotsChange?: () => void;
}

interface OpenedPlace {
  readonly place: UpstreamPlace;
  readonly routes: UpstreamRoutes;
  /** The model's name there. */
  readonly model: string;
}

export interface OpenedPlaces extends AsyncDisposable {
  readonly dialect: UpstreamDialect;
  readonly places: readonly OpenedPlace[];
}

const connectMs = 5_000;
/** A trial has no more than this. */
const trialMs = 15_000;
const longestPauseMs = 2_000;
const defaultSlots = 64;
const defaultFirstByteMs = 300_000;
const defaultIdleMs = 60_000;

interface Probing {
  readonly server: UpstreamServer;
  readonly connection: UpstreamConnection;
}

type Outcome = Probing & ({ readonly probed: ProbedUpstream } | { readonly error: unknown });

/**
 * Finds out how the servers are asked. One that answers is enough: the others are tried until they do. Rejects with what the first
 * said where none is of use by the end of the patience.
 */
export async function openPlaces(options: UpstreamModelOptions, signal: AbortSignal): Promise<OpenedPlaces> {
  const { name, key, serverId, slots = defaultSlots } = options;
  const probing = options.servers.map((server) => ({
    server,
    connection: openUpstreamConnection(server.url),
  }));
  const closeAll = async (): Promise<void> => {
    await Promise.all(probing.map(({ connection }) => connection[Symbol.asyncDispose]()));
  };
  const probeOptions: ProbeOptions = {
    name,
    key,
    headers: {
      accept: "application/json",
      "user-agent": "weir",
      [passedServersHeader]: encodePassedServers([serverId]),
    },
    timeouts: { connectMs, firstByteMs: trialMs, idleMs: trialMs },
  };
  try {
    const outcomes = await probeUntilOne(probing, probeOptions, options, signal);
    const dialect = agreeOnDialect(name, outcomes);
    const timeouts: UpstreamTimeouts = {
      connectMs,
      firstByteMs: options.firstByteMs ?? defaultFirstByteMs,
      idleMs: options.idleMs ?? defaultIdleMs,
    };
    const places = outcomes.map((outcome): OpenedPlace => {
      const { server, connection } = outcome;
      const place = new UpstreamPlace({
        name,
        url: server.url,
        key,
        slots,
        timeouts,
        connection,
        circuit: options.circuit ?? {},
        onEvent: options.onEvent ?? ((): void => {}),
        onChange: options.onSlotsChange ?? ((): void => {}),
        attempt: (trialSignal) => tryAgain(connection, { ...server, dialect }, probeOptions, trialSignal),
      });
      if ("error" in outcome) place.watch.noteLoss(describeTrouble(outcome.error));
      const routes = toRoutes(server.url, dialect);
      const known = "probed" in outcome ? outcome.probed : { routes, models: [] };
      return { place, routes, model: chooseModelName(name, server.model, known) };
    });
    return {
      dialect,
      places,
      [Symbol.asyncDispose]: async () => {
        await Promise.all(places.map(({ place }) => place[Symbol.asyncDispose]()));
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function probeUntilOne(
  probing: readonly Probing[],
  probeOptions: ProbeOptions,
  { name, patienceMs = 0, onEvent }: UpstreamModelOptions,
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const untilMs = performance.now() + patienceMs;
  for (let attempt = 1; ; attempt += 1) {
    const outcomes = await Promise.all(
      probing.map(async ({ server, connection }): Promise<Outcome> => {
        try {
          const probed = await probeUpstream(connection, server, probeOptions, signal);
          return { server, connection, probed };
        } catch (error) {
          return { server, connection, error };
        }
      }),
    );
    if (outcomes.some((outcome) => "probed" in outcome)) return outcomes;
    const failed = outcomes.flatMap((outcome) => ("error" in outcome ? [outcome] : []));
    const { server, error } =
      failed.find((outcome) => !toKnownError(name, outcome.error).retryable) ?? failed[0]!;
    const known = toKnownError(name, error);
    const pauseMs = restartDelayMs(attempt, longestPauseMs);
    if (signal.aborted || !known.retryable || performance.now() + pauseMs > untilMs) throw known;
    if (attempt === 1) {
      onEvent?.({
        kind: "remote-lost",
        url: toShownUrl(server.url),
        cause: describeTrouble(error),
        retryInMs: pauseMs,
      });
    }
    await delay(pauseMs, undefined, { signal }).catch(() => {});
  }
}

/** Bytes that are passed through are of one API, whichever server they come from. */
function agreeOnDialect(name: string, outcomes: readonly Outcome[]): UpstreamDialect {
  const answered = outcomes.flatMap((outcome) => ("probed" in outcome ? [outcome] : []));
  const dialects = [...new Set(answered.map(({ probed }) => probed.routes.dialect))];
  if (dialects.length < 2) return dialects[0]!;
  const each = answered
    .map(({ server, probed }) => `${toShownUrl(server.url)} ${probed.routes.dialect}`)
    .join(", ");
  const message = `expected the servers behind model ${name} to speak one API, got ${each}. Name one for all, e.g. ${name}=openai+URL`;
  throw new WeirError("REMOTE_REFUSED", message);
}

/** Its cause is half a sentence about the server. */
async function tryAgain(
  connection: UpstreamConnection,
  server: UpstreamServer,
  options: ProbeOptions,
  signal: AbortSignal,
): Promise<void> {
  try {
    await probeUpstream(connection, server, options, signal);
  } catch (error) {
    throw new RemoteSilence(
      error instanceof RemoteSilence ? error.kind : "unreachable",
      describeTrouble(error),
      error,
    );
  }
}

function describeTrouble(error: unknown): string {
  if (error instanceof RemoteSilence) return describeCause(error);
  return `is of no use: ${error instanceof Error ? error.message : String(error)}`;
}
