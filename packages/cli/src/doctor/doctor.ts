import { examineTarget, type Check } from "@weir/lab";
import type { CommandContext } from "../command-context.ts";
import { describeCheck, describeOutcome } from "./describe-checks.ts";
import { examineMachine } from "./examine-machine.ts";
import { resolveDoctorOptions, type DoctorFlags } from "./resolve-doctor-options.ts";

const unreachableExitCode = 6;

/** Examines the server at `url`, or this machine without one; writes what it finds and sets the exit code. */
export async function doctor(
  url: string | undefined,
  flags: DoctorFlags,
  context: CommandContext,
): Promise<void> {
  if (url === undefined) await examineThisMachine(flags, context);
  else await examineServer(url, flags, context);
}

async function examineThisMachine(flags: DoctorFlags, context: CommandContext): Promise<void> {
  const checks: Check[] = [];
  for await (const check of examineMachine()) {
    checks.push(check);
    if (flags.json !== true) context.stdout.write(describeCheck(check));
  }
  finish(checks, { checks }, flags, context);
}

async function examineServer(url: string, flags: DoctorFlags, context: CommandContext): Promise<void> {
  const examination = await examineTarget(url, {
    ...resolveDoctorOptions(flags, context.env),
    signal: context.signal,
    onCheck: (check) => {
      if (flags.json !== true) context.stdout.write(describeCheck(check));
    },
  });
  finish(examination.checks, examination, flags, context);
  if (!examination.reachable) context.exitCode = unreachableExitCode;
}

/** Writes the outcome and decides the exit code. */
function finish(checks: readonly Check[], report: object, flags: DoctorFlags, context: CommandContext): void {
  const outcome = describeOutcome(checks);
  if (flags.json === true) context.stdout.write(`${JSON.stringify({ ...report, outcome }, null, 2)}\n`);
  else context.stdout.write(`\n${outcome}\n`);
  context.exitCode = checks.some(({ state }) => state === "fail") ? 1 : 0;
}
