import {
  describeSchedule,
  formatCount,
  formatDuration,
  formatShare,
  type ChatLoadRequest,
  type RunRequest,
  type RunTarget,
} from "@weir/lab";
import { scheduleLengthMs } from "@weir/stats";
import { describePath } from "../console/describe-path.ts";

/** What is about to happen, as one line. */
export function describePlan(request: RunRequest): string {
  const { workload, users, warmupMs } = request;
  const load =
    request.schedule === undefined ? formatCount(users, "user") : describeSchedule(request.schedule);
  const [first, ...others] = describeWorkload(workload);
  const stop = [
    ...(warmupMs > 0 ? [`${formatDuration(warmupMs)} warm-up`] : []),
    ...describeStop(request),
  ].join(", then ");
  return [`${load}, ${first}`, ...others, ...(stop === "" ? [] : [stop]), ...describeRest(request)].join(
    " · ",
  );
}

/** What of a profile the run will not come to, where its duration says so beforehand. */
function describeRest({ schedule, warmupMs, durationMs, requests }: RunRequest): string[] {
  if (schedule === undefined || durationMs === undefined) return [];
  const lengthMs = scheduleLengthMs(schedule);
  const toMs = warmupMs + durationMs;
  if (lengthMs === Infinity || lengthMs <= toMs) return [];
  const reached = describeSchedule(schedule, { fromMs: 0, toMs, mostUsers: requests });
  return [`the profile lasts ${formatDuration(lengthMs)} and is cut off before its end: ${reached}`];
}

function describeWorkload(workload: RunRequest["workload"]): readonly [string, ...string[]] {
  switch (workload.kind) {
    case "embeddings": {
      const { texts, source } = workload.texts;
      const characters = Math.round(texts.reduce((sum, text) => sum + text.length, 0) / texts.length);
      return [
        `${formatCount(workload.batch, "text")} a request`,
        `${formatCount(texts.length, "text")} of about ${formatCount(characters, "character")} (${describePath(source)})`,
        workload.cache === "warm" ? "texts repeat: caches stay warm" : "every text new to the server",
      ];
    }
    case "chat":
      return describeChat(workload);
    case "http":
      return [
        workload.requests.length === 1
          ? "the same request each time"
          : formatCount(workload.requests.length, "different request"),
      ];
    case "upload":
      return [`${formatCount(workload.files.length, "file")}, one a request`];
    case "scenario":
      return [`scenario ${JSON.stringify(workload.name)} (${describePath(workload.path)})`];
    case "mixed": {
      const whole = workload.parts.reduce((sum, { weight }) => sum + weight, 0);
      const shares = workload.parts.map(({ name, weight }) => `${formatShare(weight / whole)} ${name}`);
      return [`a mix of ${shares.join(", ")}`];
    }
  }
}

function describeChat(workload: ChatLoadRequest): readonly [string, ...string[]] {
  const { prompts, source } = workload.prompts;
  const { turns, maxTokens, stream, temperature, cache } = workload;
  return [
    `${describeTurns(turns)}${stream ? "" : ", answers whole"}`,
    `${formatCount(prompts.length, "prompt")} (${describePath(source)})`,
    `${maxTokens === undefined ? "" : `up to ${formatCount(maxTokens, "token")} out, `}temperature ${temperature}`,
    cache === "warm" ? "prompts repeat: caches stay warm" : "every prompt new to the server",
  ];
}

function describeTurns(turns: ChatLoadRequest["turns"]): string {
  switch (turns.kind) {
    case "single":
      return "one chat answer a turn";
    case "tools":
      return `${formatCount(turns.toolTurns, "tool call")} and an answer a turn`;
    case "conversation":
      return `conversations of ${formatCount(turns.rounds, "round")}`;
  }
}

/** What the target turned out to be, as one line. */
export function describeTarget(url: string, target: RunTarget): string {
  const found = target.evidence.at(-1);
  if (found !== undefined) return `${url}: ${found}`;
  if (target.dialect === undefined) return url;
  return `${url}: ${target.dialect}${target.model === undefined ? "" : `, model ${target.model}`}`;
}

function describeStop({ durationMs, requests }: RunRequest): string[] {
  const ends = [
    ...(durationMs === undefined ? [] : [formatDuration(durationMs)]),
    ...(requests === undefined ? [] : [formatCount(requests, "request")]),
  ];
  return ends.length === 0 ? [] : [ends.join(" or ")];
}
