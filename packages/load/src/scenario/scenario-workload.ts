import { WeirError } from "@weir/protocol";
import { createRandom, type ClosedLoopSchedule } from "@weir/stats";
import type { HttpTarget } from "../http/http-target.ts";
import type { Workload, WorkloadChecks } from "../workload.ts";
import { StepEncoder } from "./encode-scenario-request.ts";
import { loadScenario } from "./load-scenario.ts";
import type { ScenarioPlan } from "./scenario-plan.ts";
import { firstOf, ScenarioSession } from "./scenario-session.ts";
import type { Scenario, ScenarioTurn } from "./scenario.ts";
import { callWithin } from "./within-time.ts";

// Numbers of user and seed share a double, and seeds of users must not meet.
const seedRange = 2 ** 32;

/**
 * Reads a scenario file and begins a turn to see that it can, without sending anything. Throws USAGE as
 * {@link loadScenario} does, where the first request cannot be sent, and where there is none within 5 s.
 * @param file absolute path
 */
export function planScenario(
  file: string,
  target: HttpTarget,
  headers: Readonly<Record<string, string>>,
  limitMs?: number,
): ScenarioPlan {
  return callWithin(() => tryScenario(file, target, headers), limitMs);
}

function tryScenario(
  file: string,
  target: HttpTarget,
  headers: Readonly<Record<string, string>>,
): ScenarioPlan {
  const { scenario, hash } = loadScenario(file);
  const { name, steps = [] } = scenario;
  const turn = startTurn(scenario, { index: 0, turn: 0, random: createRandom(0), headers });
  try {
    new StepEncoder(target, headers, steps).encode(firstOf(turn));
  } finally {
    turn.return();
  }
  return { kind: "scenario", name, path: file, hash, steps };
}

/** What a scenario's users do. Throws USAGE where its file has changed since it was planned, or cannot be run. */
export function createScenarioWorkload(
  plan: ScenarioPlan,
  schedule: ClosedLoopSchedule,
  target: HttpTarget,
  headers: Readonly<Record<string, string>>,
): Workload {
  const { scenario, hash } = loadScenario(plan.path);
  if (hash !== plan.hash)
    throw new WeirError(
      "USAGE",
      `the scenario ${plan.path} must be as it was when the run was planned: expected hash ${plan.hash}, got ${hash}. Start the run again.`,
    );
  const encoder = new StepEncoder(target, headers, plan.steps);
  let examined = 0;
  let failed = 0;
  return {
    kind: "scenario",
    unit: "requests",
    requests: Math.max(1, plan.steps.length),
    ...(plan.steps.length > 0 && { parts: plan.steps }),
    createSession(index) {
      const random = createRandom((schedule.seed % seedRange) + index * seedRange);
      return new ScenarioSession({
        encoder,
        startTurn: (turn) => startTurn(scenario, { index, turn, random, headers }),
        onChecked: (wrong) => {
          examined += 1;
          if (wrong) failed += 1;
        },
      });
    },
    get checks(): WorkloadChecks {
      return { examined, failed };
    },
  };
}

interface TurnOf {
  readonly index: number;
  readonly turn: number;
  readonly random: () => number;
  readonly headers: Readonly<Record<string, string>>;
}

function startTurn(scenario: Scenario, turn: TurnOf): ScenarioTurn {
  const started: unknown = scenario.user({ ...turn, env: process.env });
  if (typeof started === "object" && started !== null && Symbol.iterator in started)
    return started as ScenarioTurn;
  throw new WeirError(
    "USAGE",
    'user must be a plain generator, "*user() { ... }", got ' +
      (typeof started === "object" && started !== null && Symbol.asyncIterator in started
        ? "an async one: requests are what it waits for, with yield"
        : "a function of another kind"),
  );
}
