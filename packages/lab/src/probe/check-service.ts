import { fail, ok, skipped, warn, type Check } from "./check.ts";
import { describeAnswer, readJsonObject, type ProbeAnswer, type ProbeTarget } from "./probe-target.ts";

const offline = "Start the server, and check the host, the port and any proxy between.";

/** Whether anything answers at all. Any status will do. */
export async function checkReachable(target: ProbeTarget): Promise<Check> {
  const answer = await target.get("/");
  if (answer.kind === "silent") return fail("reachable", `the server ${answer.reason}`, offline);
  return ok("reachable", `GET / ${describeAnswer(answer)} in ${answer.tookMs.toFixed(1)} ms`);
}

export async function checkHealth(target: ProbeTarget): Promise<Check> {
  return readStatus(
    "health",
    "/health",
    await target.get("/health"),
    "The server's log says why it is not well.",
  );
}

export async function checkReady(target: ProbeTarget): Promise<Check> {
  const path = "/health/ready";
  const fix = "Wait until the model is loaded; if it never is, the server's log says why.";
  return readStatus("ready", path, await target.get(path), fix);
}

function readStatus(name: string, path: string, answer: ProbeAnswer, fix: string): Check {
  const detail = `GET ${path} ${describeAnswer(answer)}`;
  if (answer.kind === "silent") return fail(name, detail, fix);
  if (answer.status >= 200 && answer.status < 300) return ok(name, detail);
  if (hasNoRoute(answer.status)) return skipped(name, `the server has no ${path}`);
  const said = readReason(answer);
  return fail(name, said === undefined ? detail : `${detail}: ${said}`, fix);
}

/** Why a server is not well, where its answer says so. */
function readReason(answer: Extract<ProbeAnswer, { kind: "answered" }>): string | undefined {
  const { reason, status } = readJsonObject({ ...answer, status: 200 }) ?? {};
  return [reason, status].find((value) => typeof value === "string");
}

export async function checkInfo(target: ProbeTarget): Promise<Check> {
  const answer = await target.get("/info");
  const detail = `GET /info ${describeAnswer(answer)}`;
  if (answer.kind === "silent") return fail("info", detail, offline);
  if (hasNoRoute(answer.status)) return skipped("info", "the server has no /info");
  const info = readJsonObject(answer);
  if (info === undefined) {
    return warn(
      "info",
      `${detail}, not with a JSON object`,
      "Answer GET /info with a JSON object, or not at all.",
    );
  }
  const names = ["model_id", "dim", "device", "model_dtype", "max_input_length", "version"];
  const known = names.filter((name) => ["string", "number"].includes(typeof info[name]));
  const described = known.map((name) => `${name} ${String(info[name])}`).join(", ");
  const reference =
    info["reference_weights"] === true ? "; reference weights: real cost, meaningless answers" : "";
  return ok("info", `${described === "" ? detail : described}${reference}`);
}

/** A server answers so for paths that it does not serve. */
function hasNoRoute(status: number): boolean {
  return status === 404 || status === 405 || status === 501;
}
