import { WeirError } from "@weir/protocol";
import type { ApiKeyRecord, KeyLimits, Scope } from "@weir/server";
import { choice, listOf, whole } from "../serve/option-kinds.ts";

/** The flags of `weir keys create` as they were written. */
export interface CreateKeyFlags {
  readonly name?: string;
  readonly scope?: readonly string[];
  readonly expires?: string;
  readonly rate?: string;
  readonly maxJobs?: string;
  readonly maxCost?: string;
  readonly weight?: string;
}

const dayMs = 86_400_000;

/** Every problem in one USAGE error. */
export function resolveKeyOptions(
  flags: CreateKeyFlags,
  nowMs: number,
): Pick<ApiKeyRecord, "name" | "scopes" | "expiresAt" | "limits"> {
  const problems: string[] = [];
  function take<Value>(
    flag: string,
    written: unknown,
    read: (value: unknown) => Value | undefined,
    expected: string,
  ): Value | undefined {
    const value = written === undefined ? undefined : read(written);
    if (written !== undefined && value === undefined)
      problems.push(`--${flag}: expected ${expected}, got ${JSON.stringify(written)}.`);
    return value;
  }
  const scopeList = listOf(choice<Scope>("infer", "metrics", "admin"));
  const count = whole(1);
  const scopes = take("scope", flags.scope ?? ["infer"], scopeList.read, scopeList.expected) ?? [];
  const expiresAt = take(
    "expires",
    flags.expires,
    (value) => readExpiry(String(value), nowMs),
    "days from now such as 90d, or a time to come such as 2030-01-31",
  );
  const requestsPerMinute = take("rate", flags.rate, count.read, `requests a minute, ${count.expected}`);
  const maxJobs = take("max-jobs", flags.maxJobs, count.read, count.expected);
  const maxCost = take("max-cost", flags.maxCost, readPositive, "a number above 0");
  const weight = take("weight", flags.weight, readPositive, "a number above 0");
  if (problems.length > 0) throw new WeirError("USAGE", problems.join("\n"));
  const limits: KeyLimits = {
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    ...(maxJobs === undefined ? {} : { maxJobs }),
    ...(maxCost === undefined ? {} : { maxCost }),
    ...(weight === undefined ? {} : { weight }),
  };
  return {
    name: flags.name ?? "",
    scopes,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
  };
}

function readExpiry(written: string, nowMs: number): string | undefined {
  const days = /^(\d{1,5})d$/.exec(written)?.[1];
  const atMs = days === undefined ? Date.parse(written) : nowMs + Number(days) * dayMs;
  return atMs > nowMs ? new Date(atMs).toISOString() : undefined;
}

function readPositive(written: unknown): number | undefined {
  const value = Number(written);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
