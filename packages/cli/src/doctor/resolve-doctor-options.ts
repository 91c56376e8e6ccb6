import type { ExamineOptions } from "@weir/lab";
import { dialectChoices } from "../flags/dialect-names.ts";
import { FlagReader } from "../flags/flag-reader.ts";

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
  const read = new FlagReader();
  const headers = read.headers(flags.header, flags.keyEnv, env);
  const dialect = read.oneOf("dialect", flags.dialect, dialectChoices, "auto");
  const timeoutMs = read.duration("timeout", flags.timeout, { leastMs: 1, absent: 10_000 });
  read.end();
  return {
    headers,
    timeoutMs,
    ...(flags.model === undefined ? {} : { model: flags.model }),
    ...(dialect === "auto" ? {} : { dialect }),
  };
}
