import { createRandom, type WorkerSlice } from "@weir/stats";
import type { HttpTarget } from "../http/http-target.ts";
import type { Workload } from "../workload.ts";
import type { DueTimer } from "./due-timer.ts";
import type { DriverHost, LoadDriver } from "./load-driver.ts";
import type { LoadPlan } from "./load-plan.ts";
import { OpenLoop } from "./open-loop.ts";
import { UserCrowd } from "./user-crowd.ts";
import type { TurnOwner, UserHost } from "./user-host.ts";
import { VirtualUser } from "./virtual-user.ts";

export const defaultMaxConnections = 1024;

/**
 * How many sessions arrivals go round. A prime, so that a step that is no multiple of it visits all, and this step, near
 * the golden section of it, puts connections that are opened side by side far apart in what they send.
 */
export const arrivalSessions = 1009;
const arrivalSessionStep = 624;

export interface DriverParts {
  readonly plan: LoadPlan;
  readonly target: HttpTarget;
  readonly workload: Workload;
  readonly slice: WorkerSlice;
  readonly host: UserHost & DriverHost & { onUser(user: VirtualUser): void };
  readonly timer: DueTimer;
  /** `performance.now()` of the start, of the window's start and of its end; Infinity where that is not timed. */
  readonly startMs: number;
  readonly windowStartMs: number;
  readonly deadlineMs: number;
  /** Whether segments may be appended: a schedule of arrivals then lasts to its end, not to its last arrival. */
  readonly extensible: boolean;
}

/** What turns a worker's share of the schedule into requests. */
export function createDriver(parts: DriverParts): LoadDriver {
  const { plan, slice, startMs, deadlineMs, timer, host, windowStartMs, extensible } = parts;
  const { schedule, stop, transport } = plan;
  const common = { startMs, timer, host, slice, windowStartMs, deadlineMs };
  const { worker, workers } = slice;
  if (schedule.kind === "open-loop") {
    const maxConnections = transport.maxConnections ?? defaultMaxConnections;
    return new OpenLoop({
      ...common,
      schedule,
      extensible,
      maxConnections: Math.floor((maxConnections + workers - 1 - worker) / workers),
      createUser: (index, owner) => {
        const number = index * workers + worker;
        return createUser(parts, number, (number * arrivalSessionStep) % arrivalSessions, owner);
      },
    });
  }
  return new UserCrowd({
    ...common,
    schedule,
    // More users than requests would leave requests of the warm-up over that nobody asked for.
    maxUsers: stop.requests ?? Infinity,
    createUser: (number, owner) => createUser(parts, number, number, owner),
  });
}

function createUser(
  { plan, target, workload, host }: DriverParts,
  number: number,
  session: number,
  owner: TurnOwner | undefined,
): VirtualUser {
  const { retries = 0 } = plan.transport;
  const user = new VirtualUser({
    target,
    connection: plan.transport,
    session: workload.createSession(session),
    host,
    owner,
    number,
    retries,
    // Another sequence than any that a schedule draws from; made only where it may be asked.
    random: retries === 0 ? Math.random : createRandom(plan.schedule.seed + 0x517cc1b727 * (number + 1)),
  });
  host.onUser(user);
  return user;
}
