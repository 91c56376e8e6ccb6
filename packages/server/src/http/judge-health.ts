import type { HostedModel } from "../models/model-registry.ts";
import { describeLastWords, withoutPaths } from "../replica/last-words.ts";
import type { ServicePhase } from "./service.ts";

/** What a verdict on a model's health goes by. */
export type JudgedModel = Pick<HostedModel, "name" | "state" | "replicas" | "isCrowded">;

/** Of why a model could not be loaded; the log has all of it. */
const mostCharacters = 500;

export interface HealthVerdict {
  /** `degraded`: it serves, with less than it should have. `failing`: something that it should serve, it cannot. */
  readonly kind: "ok" | "degraded" | "failing";
  /** What is wrong, one line each, and which models are asleep, which is nothing wrong; empty when there is neither. */
  readonly causes: readonly string[];
}

export function judgeHealth(phase: ServicePhase, models: readonly JudgedModel[]): HealthVerdict {
  const outage = describeOutage(phase, models);
  if (outage !== undefined) {
    const failed = models.map(describeFailedLoad).filter((cause) => cause !== undefined);
    return { kind: "failing", causes: [outage, ...describeStrain(models), ...failed] };
  }
  const strain = describeStrain(models);
  const isWell = strain.length === 0 && !models.some((model) => describeFailedLoad(model) !== undefined);
  return { kind: isWell ? "ok" : "degraded", causes: [...strain, ...describeRest(models)] };
}

/** Models that have no replicas on purpose: they take jobs, which wait for the model's load. */
export function describeRest(models: readonly JudgedModel[]): readonly string[] {
  return models.flatMap((model) => {
    const { name, state } = model;
    if (state.kind === "asleep")
      return [describeFailedLoad(model) ?? `${name}: asleep, the next request loads it`];
    return state.kind === "loading" ? [`${name}: loading`] : [];
  });
}

/** Why the server as a whole is out of service; undefined as long as each of its models has a replica up or is asleep. */
export function describeOutage(phase: ServicePhase, models: readonly JudgedModel[]): string | undefined {
  if (phase !== "serving") return phase;
  if (models.length === 0) return "no model is loaded";
  const down = models.filter((model) => model.state.kind !== "ready" && !isAtRest(model)).map(describeDown);
  return down.length === 0 ? undefined : down.join("; ");
}

/** Why no job could be taken now; undefined when one could. One replica that is up will do. */
export function describeUnreadiness(phase: ServicePhase, models: readonly JudgedModel[]): string | undefined {
  const outage = describeOutage(phase, models);
  if (outage !== undefined) return outage;
  const crowded = models.filter((model) => model.isCrowded && model.state.kind !== "asleep");
  return crowded.length === 0 ? undefined : crowded.map(describeCrowded).join("; ");
}

/** What is less than it should be in models that serve. */
function describeStrain(models: readonly JudgedModel[]): readonly string[] {
  return models.flatMap((model) => {
    if (model.state.kind !== "ready") return [];
    const down = model.replicas.filter((replica) => replica.kind !== "ready");
    const causes = down.map(({ place, kind }) => `${model.name}: replica ${place} is ${describeKind(kind)}`);
    return model.isCrowded ? [...causes, describeCrowded(model)] : causes;
  });
}

/** Undefined for a model that is not asleep because it could not be loaded. */
function describeFailedLoad({ name, state }: JudgedModel): string | undefined {
  if (state.kind !== "asleep" || state.failure === undefined) return undefined;
  // Probes answer everybody.
  const why = withoutPaths(state.failure).slice(0, mostCharacters);
  return `${name}: asleep, and could not be loaded when it was last asked for: ${why}; the next request tries again`;
}

function isAtRest({ state }: JudgedModel): boolean {
  return state.kind === "asleep" || state.kind === "loading";
}

function describeDown({ name, state }: JudgedModel): string {
  if (state.kind === "unreachable") return `${name}: the server behind it is down: it ${state.cause}`;
  // Probes answer everybody.
  const last = state.kind === "circuit-open" ? describeLastWords(state.lastLines) : undefined;
  return `${name}: no replica is up (${describeKind(state.kind)})${last === undefined ? "" : `: ${last}`}`;
}

function describeCrowded({ name }: JudgedModel): string {
  return `${name}: its queue is nearly full`;
}

function describeKind(kind: string): string {
  return kind === "circuit-open" ? "kept from starting after it ended too often" : kind;
}
