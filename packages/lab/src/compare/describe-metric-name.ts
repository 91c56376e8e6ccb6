/** A metric as people call it: `TTFT p50`, `texts/s`. */
export function describeMetricName(name: string, unit: string): string {
  if (name === "units") return `${unit}/s`;
  if (name === "tokens") return "output tokens/s";
  if (name === "requests") return "requests/s";
  if (name === "users-at-failure") return "users at failure";
  if (name === "requests-until-failure") return "requests until failure";
  if (name === "file.geometric-mean") return "time per file";
  const [metric = "", statistic = ""] = name.split(".");
  return `${acronyms[metric] ?? metric} ${statistic}`;
}

const acronyms: Readonly<Record<string, string>> = {
  ttft: "TTFT",
  ttfo: "TTFO",
  tpot: "TPOT",
  gap: "chunk gap",
};
