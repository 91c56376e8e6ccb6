import type { Schedule, ScheduleSegment } from "@weir/stats";
import { parseHttpTarget } from "../http/http-target.ts";
import type { LoadPlan } from "../run/load-plan.ts";

/** What one worker carries with room to spare: half of what it reaches. */
const perWorker = { requestsPerSecond: 15_000, users: 64, streams: 400 } as const;

/**
 * How many worker threads a plan is given when nobody says: as many as its schedule asks for, and no more than there
 * are cores for. Pure.
 *
 * One worker is enough for 15,000 requests a second that come due, for 64 users who send without pause, and for 400
 * answers that stream at once. Users with a pace count as streams: they mostly wait. Where the server is on this machine
 * (loopback, a Unix socket) one core is left to it and at least one to everything else, so two cores give one worker.
 *
 * @param cores of this machine
 */
export function resolveWorkers(plan: LoadPlan, cores: number): number {
  const spare = isOnThisMachine(plan.url) ? 2 : 1;
  const room = Math.max(1, cores - spare);
  return Math.max(1, Math.min(room, Math.ceil(wantedWorkers(plan))));
}

function wantedWorkers(plan: LoadPlan): number {
  const { schedule } = plan;
  if (schedule.kind === "open-loop") return highestRate(schedule) / perWorker.requestsPerSecond;
  const waits = schedule.kind === "paced" || streams(plan);
  return schedule.users / (waits ? perWorker.streams : perWorker.users);
}

function streams({ workload }: LoadPlan): boolean {
  return "stream" in workload && workload.stream;
}

function highestRate(schedule: Schedule): number {
  return Math.max(0, ...schedule.segments.map(rateOf));
}

function rateOf(segment: ScheduleSegment): number {
  if (segment.kind === "rate") return Math.max(segment.fromPerSecond, segment.toPerSecond);
  if (segment.kind === "users") return 0;
  const lastMs = segment.dueMs.at(-1) ?? 0;
  return lastMs === 0 ? 0 : (segment.dueMs.length * 1000) / lastMs;
}

function isOnThisMachine(url: string): boolean {
  const { host, socketPath } = parseHttpTarget(url);
  return socketPath !== undefined || host === "localhost" || host === "::1" || host.startsWith("127.");
}
