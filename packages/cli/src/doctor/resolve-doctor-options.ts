import type { ExamineOptions } from "@weir/lab";
import { embeddingDialects, WeirError, type EmbeddingDialectName } from "@weir/protocol";

/** The flags of `weir doctor` as they were written. */
export interface DoctorFlags {
  readonly json?: boolean;
  readonly model?: string;
  readonly dialect?: string;
  readonly header?: readonly string[];
  readonly keyEnv?: string;
  readonly timeout?: string;
}

/** Throws USAGE with every problem in one message. */
export function resolveDoctorOptions(
  flags: DoctorFlags,
  env: Readonly<Record<string, string | undefined>>,
): Omit<ExamineOptions, "signal" | "onCheck"> {
  const problems: string[] = [];
  const headers: Record<string, string> = {};
  for (const header of flags.header ?? []) {
    const [, name, value] = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*:\s*(.*?)\s*$/.exec(header) ?? [];
    if (name === undefined || value === undefined) {
      problems.push(`--header: expected "NAME: VALUE", got ${JSON.stringify(header)}.`);
    } else headers[name] = value;
  }
  if (flags.keyEnv !== undefined) {
    const key = env[flags.keyEnv];
    if (key === undefined || key === "") {
      problems.push(`--key-env: expected a variable that holds the key, but ${flags.keyEnv} is not set.`);
    } else headers["authorization"] = `Bearer ${key}`;
  }
  const names = Object.keys(embeddingDialects);
  const dialect = flags.dialect ?? "auto";
  if (dialect !== "auto" && !names.includes(dialect)) {
    problems.push(`--dialect: expected auto, ${names.join(", ")}, got ${JSON.stringify(dialect)}.`);
  }
  const timeoutMs = toMs(flags.timeout ?? "10s");
  if (timeoutMs === undefined) {
    problems.push(`--timeout: expected a time such as 10s or 500ms, got ${JSON.stringify(flags.timeout)}.`);
  }
  if (timeoutMs === undefined || problems.length > 0) throw new WeirError("USAGE", problems.join("\n"));
  return {
    headers,
    timeoutMs,
    ...(flags.model === undefined ? {} : { model: flags.model }),
    ...(dialect === "auto" ? {} : { dialect: dialect as EmbeddingDialectName }),
  };
}

const msOf: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

function toMs(text: string): number | undefined {
  const [, value, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  const ms = Number(value) * (msOf[unit ?? ""] ?? Number.NaN);
  return ms >= 1 && ms <= 3_600_000 ? ms : undefined;
}
