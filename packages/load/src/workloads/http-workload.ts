import { WeirError } from "@weir/protocol";
import type { HttpTarget } from "../http/http-target.ts";
import { createStreamedBody, type StreamedBody } from "../http/streamed-body.ts";
import type { Workload } from "../workload.ts";
import { parseExpectedStatus } from "./expected-status.ts";
import { firstPlace } from "./first-place.ts";
import type { HttpPlan, HttpPlanBody } from "./http-plan.ts";
import { createFileBody, RequestPreparer } from "./prepared-request.ts";
import { RequestCycle } from "./request-cycle.ts";

/** Any HTTP requests, judged by status. Throws USAGE where the plan has no requests or a part that cannot be sent. */
export function createHttpWorkload(
  plan: HttpPlan,
  users: number,
  target: HttpTarget,
  headers: Readonly<Record<string, string>>,
): Workload {
  if (plan.requests.length === 0)
    throw new WeirError("USAGE", "there must be at least one request to send, got none");
  const expected = { table: parseExpectedStatus(plan.expect), text: plan.expect };
  const preparer = new RequestPreparer(target);
  const requests = plan.requests.map(({ method, path, headers: own, body }) =>
    preparer.prepare({ method, path, headers: { ...headers, ...own } }, toBody(body)),
  );
  return {
    kind: "http",
    unit: "requests",
    requests: requests.length,
    createSession: (user) =>
      new RequestCycle(requests, { next: firstPlace(user, users, requests.length) }, expected),
    checks: { examined: 0, failed: 0 },
  };
}

function toBody(body: HttpPlanBody | undefined): StreamedBody | undefined {
  if (body === undefined) return undefined;
  return body.kind === "file"
    ? createFileBody(body.path, body.bytes)
    : createStreamedBody([{ kind: "bytes", bytes: new TextEncoder().encode(body.text) }]);
}
