import path from "node:path";
import { WeirError } from "@weir/protocol";
import type { HttpTarget } from "../http/http-target.ts";
import { contentTypeOf, createMultipartBody } from "../http/multipart-body.ts";
import type { Workload } from "../workload.ts";
import { parseExpectedStatus } from "./expected-status.ts";
import { firstPlace } from "./first-place.ts";
import { createFileBody, RequestPreparer, type PreparedRequest } from "./prepared-request.ts";
import { readPageCount } from "./read-page-count.ts";
import { RequestCycle } from "./request-cycle.ts";
import type { UploadPlan } from "./upload-plan.ts";

/** A file a request, judged by status. Throws USAGE where there are no files, or one is not as it was planned. */
export function createUploadWorkload(
  plan: UploadPlan,
  users: number,
  target: HttpTarget,
  headers: Readonly<Record<string, string>>,
): Workload {
  if (plan.files.length === 0)
    throw new WeirError("USAGE", "there must be at least one file to send, got none");
  const expected = { table: parseExpectedStatus(plan.expect), text: plan.expect };
  const preparer = new RequestPreparer(target);
  const requests = plan.files.map((file): PreparedRequest => {
    const { contentType, body } = toBody(plan, file);
    const { method, path } = plan;
    return preparer.prepare({ method, path, headers: { "Content-Type": contentType, ...headers } }, body);
  });
  const common = { kind: "upload", unit: "files", requests: requests.length } as const;
  const checks = { examined: 0, failed: 0 };
  if (plan.inTurn === true) {
    const place = { next: 0 };
    const pages = { of: 0, right: 0 };
    const onAnswer = (body: Uint8Array): void => {
      const told = readPageCount(body) ?? 0;
      pages.of += told;
      pages.right += told;
    };
    return {
      ...common,
      parts: plan.files.map((file) => file.path),
      createSession: () => new RequestCycle(requests, place, expected, { onAnswer }),
      checks: { ...checks, tallies: { pages } },
    };
  }
  return {
    ...common,
    createSession: (user) =>
      new RequestCycle(requests, { next: firstPlace(user, users, requests.length) }, expected),
    checks,
  };
}

function toBody(
  { form }: UploadPlan,
  file: UploadPlan["files"][number],
): Pick<ReturnType<typeof createMultipartBody>, "contentType" | "body"> {
  const contentType = contentTypeOf(file.path);
  if (form.kind === "raw") return { contentType, body: createFileBody(file.path, file.bytes) };
  const content = { kind: "file", path: file.path, bytes: file.bytes } as const;
  const fields = Object.entries(form.fields ?? {}).map(
    ([name, value]) => ({ kind: "field", name, value }) as const,
  );
  const fileName = path.basename(file.path);
  return createMultipartBody([...fields, { kind: "file", name: form.field, fileName, contentType, content }]);
}
