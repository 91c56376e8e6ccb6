import { expect, it } from "vitest";
import { createLastLines } from "./last-lines.ts";

it("keeps the last lines, without colours and without lines that are nothing else", () => {
  const seen: string[] = [];
  const output = createLastLines(2, (line) => seen.push(line));
  const error =
    "[E:onnxruntime:, provider_bridge_ort.cc:2251] Failed to load libonnxruntime_providers_cuda.so";
  // As ONNX Runtime prints it, cut in the middle of an escape.
  for (const chunk of [
    "first\r\n",
    "\u001B[1;",
    `31m2026-05-04 ${error}\n\u001B[m`,
    "\n  \n",
    "\u001B[0mlast",
  ])
    output.push(Buffer.from(chunk));
  expect(seen).toEqual(["first", `2026-05-04 ${error}`]);
  expect(output.lines()).toEqual(["first", `2026-05-04 ${error}`, "last"]);
});
