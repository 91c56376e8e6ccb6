/** What a check found. `skipped` says in its detail why there was nothing to check. */
export type CheckState = "ok" | "warn" | "fail" | "skipped";

export interface Check {
  readonly name: string;
  readonly state: CheckState;
  /** What was found, in words. */
  readonly detail: string;
  /** What to do about it. Only where the state is warn or fail. */
  readonly fix?: string;
}

export function ok(name: string, detail: string): Check {
  return { name, state: "ok", detail };
}

export function skipped(name: string, detail: string): Check {
  return { name, state: "skipped", detail };
}

export function warn(name: string, detail: string, fix: string): Check {
  return { name, state: "warn", detail, fix };
}

export function fail(name: string, detail: string, fix: string): Check {
  return { name, state: "fail", detail, fix };
}
