import { formatDuration } from "../record/format-number.ts";
import type { RunRecord } from "../record/run-record.ts";

/** What was different between two runs beside the server, a sentence each: whatever of it there is may be the reason. */
export function findDifferences(a: RunRecord, b: RunRecord): readonly string[] {
  return [
    differ("What was sent", describeWorkload(a), describeWorkload(b)),
    differ("The load", describeLoad(a), describeLoad(b)),
    differ("The length", describeLength(a), describeLength(b)),
    differ("The machine", describeMachine(a), describeMachine(b)),
    differ("The version of weir", a.environment.weirVersion, b.environment.weirVersion),
  ].filter((difference) => difference !== undefined);
}

function differ(what: string, a: string, b: string): string | undefined {
  return a === b ? undefined : `${what} was not the same: ${a} in A, ${b} in B.`;
}

function describeWorkload({ plan }: RunRecord): string {
  const { workload } = plan;
  switch (workload.kind) {
    case "embeddings":
      return `embeddings of ${workload.texts.count} texts (${workload.texts.hash}), ${workload.batch} a request, caches ${workload.cache.kind}`;
    case "chat":
      return `chat of ${workload.prompts.count} prompts (${workload.prompts.hash}), ${workload.stream ? "streamed" : "whole"}, up to ${workload.maxTokens ?? "any number of"} tokens`;
    case "http":
    case "upload":
    case "scenario":
      return `${workload.kind} (${workload.hash})`;
    case "mixed":
      return `a mix of ${workload.parts.map(({ name, weight }) => `${weight} ${name}`).join(", ")}`;
  }
}

function describeLoad({ schedule }: RunRecord): string {
  return `${schedule.users} users, ${schedule.kind}, schedule ${schedule.hash}`;
}

function describeLength({ plan }: RunRecord): string {
  const { durationMs, requests } = plan.stop;
  const parts = [
    ...(durationMs === null ? [] : [formatDuration(durationMs)]),
    ...(requests === null ? [] : [`${requests} requests`]),
  ];
  return parts.join(" or ");
}

function describeMachine({ environment }: RunRecord): string {
  const { cpu, platform } = environment;
  return `${cpu.cores} cores of ${cpu.model}, ${platform}`;
}
