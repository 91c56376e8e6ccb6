import { describeSchedule, formatCount, formatDuration, type RunRequest, type RunTarget } from "@weir/lab";
import { describePath } from "../console/describe-path.ts";

/** What is about to happen, as one line. */
export function describePlan(request: RunRequest): string {
  const { workload, users, warmupMs } = request;
  const load =
    request.schedule === undefined ? formatCount(users, "user") : describeSchedule(request.schedule);
  const [first, ...others] = describeWorkload(workload);
  return [
    `${load}, ${first}`,
    ...others,
    `${warmupMs > 0 ? `${formatDuration(warmupMs)} warm-up, then ` : ""}${describeStop(request)}`,
  ].join(" · ");
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
    case "http":
      return [formatCount(workload.requests.length, "different request")];
    case "upload":
      return [`${formatCount(workload.files.length, "file")}, one a request`];
  }
}

/** What the target turned out to be, as one line. */
export function describeTarget(url: string, target: RunTarget): string {
  const found = target.evidence.at(-1);
  if (found !== undefined) return `${url}: ${found}`;
  return `${url}: ${target.dialect}${target.model === undefined ? "" : `, model ${target.model}`}`;
}

function describeStop({ durationMs, requests }: RunRequest): string {
  const ends = [
    ...(durationMs === undefined ? [] : [formatDuration(durationMs)]),
    ...(requests === undefined ? [] : [formatCount(requests, "request")]),
  ];
  return ends.join(" or ");
}
