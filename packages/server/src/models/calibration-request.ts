import type { ModelRequest } from "@weir/protocol";
import { toSampleRequest } from "../replica/plain-request.ts";

/** Work whose time tells how fast a model of that kind is: so many texts of a length. */
export function createCalibrationRequest(count: number, kind: "embed" | "rank"): ModelRequest {
  const text = "the weir holds what the river brings ".repeat(8);
  return toSampleRequest(
    Array.from({ length: count }, (_, index) => `${index} ${text}`),
    kind === "rank",
  );
}
