import { WeirError } from "@weir/protocol";

export interface AdmissionOptions {
  /** Jobs that may wait, beside those that run. Whole number >= 0. Raise it if bursts are short. @default 256 */
  readonly maxJobs?: number;
  /**
   * Cost that may wait, in the model's unit. Above 0. A job that is larger than all of it may still wait alone. Set it to
   * what the memory for waiting bodies allows. @default no limit
   */
  readonly maxCost?: number;
  /**
   * How long a job of a lower class may wait under endless work of higher ones. Above 0. Raise it to favour interactive
   * work more. @default 10000
   */
  readonly ageingMs?: number;
  /** Jobs that the backend takes at once: replicas times what each takes. May change later. @default 1 */
  readonly slots?: number;
  /**
   * Cost of a job that fills a slot; a cheaper one takes as much of it as it costs, a 64th at least, and several share one.
   * Not below 0. For backends that compute several jobs together. @default 0, each job has a slot to itself
   */
  readonly slotCost?: number;
}

export type ResolvedAdmissionOptions = Readonly<Required<AdmissionOptions>>;

export function resolveAdmissionOptions(options: AdmissionOptions): ResolvedAdmissionOptions {
  const {
    maxJobs = 256,
    maxCost = Number.POSITIVE_INFINITY,
    ageingMs = 10_000,
    slots = 1,
    slotCost = 0,
  } = options;
  const problems: string[] = [];
  if (!Number.isInteger(maxJobs) || maxJobs < 0) {
    problems.push(`maxJobs must be a whole number of 0 or more, got ${maxJobs}`);
  }
  if (!(maxCost > 0)) problems.push(`maxCost must be above 0, got ${maxCost}`);
  if (!(ageingMs > 0)) problems.push(`ageingMs must be above 0 milliseconds, got ${ageingMs}`);
  if (!Number.isInteger(slots) || slots < 0) {
    problems.push(`slots must be a whole number of 0 or more, got ${slots}`);
  }
  if (!(slotCost >= 0)) problems.push(`slotCost must be 0 or more, got ${slotCost}`);
  if (problems.length > 0) throw new WeirError("USAGE", problems.join("; "));
  return Object.freeze({ maxJobs, maxCost, ageingMs, slots, slotCost });
}
