import { formatMs } from "../../record/format-number.ts";
import type { CheckRow, SuiteContext } from "../suite.ts";
import { describeAsked, isGood, sendSample, type SampleRequest } from "./sample-request.ts";
import { holds, unseen } from "./yes-or-no.ts";

export const needsStart = 'it needs --start "CMD --port {port}"';

/** How long the server takes to start, and whether it is ready when it says so. */
export async function* checkStart(
  context: SuiteContext,
  sample: SampleRequest,
): AsyncGenerator<CheckRow, void, void> {
  const { startFresh, setting, tell, base, signal } = context;
  const took = { key: "start/time", metric: "start" };
  const ready = { key: "start/ready", metric: "ready when it says so" };
  if (startFresh === undefined) {
    yield unseen(took, needsStart);
    yield unseen(ready, needsStart);
    return;
  }
  tell("starting a second server");
  const fresh = await startFresh();
  try {
    const asked = await sendSample({ ...base, url: fresh.url }, sample, { signal });
    const most = setting("start");
    const ms = fresh.readyAfterMs;
    yield {
      ...took,
      value: ms,
      unit: "ms",
      measured: formatMs(ms),
      limit: `<= ${formatMs(most)}`,
      status: ms <= most ? "pass" : "fail",
      better: "less",
      advice:
        ms <= most
          ? undefined
          : "Build or download what it needs beforehand, load models beside each other, and give it its cores at the start.",
    };
    const before = fresh.statusesBefore.length > 0 ? `${fresh.statusesBefore.join(", ")} before, ` : "";
    yield holds(
      ready,
      isGood(asked),
      `${before}first request ${describeAsked(asked)}`,
      "first request 200",
      "Answer GET /health/ready with 503 until the model has answered once: traffic comes as soon as it says 200.",
    );
  } finally {
    await fresh.stop();
  }
}
