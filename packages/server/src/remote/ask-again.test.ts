import { expect, it } from "vitest";
import { choosePause } from "./ask-again.ts";
import type { RemoteAnswer } from "./remote-connection.ts";

const toAnswer = (
  status: number,
  headers: Readonly<Record<string, string>> = {},
  code = "queue_full",
): RemoteAnswer => ({
  status,
  header: (name) => headers[name],
  body: Buffer.from(JSON.stringify({ error: { message: "no", code } })),
});
const soon = { "retry-after-ms": "300" };

it.each<[string, RemoteAnswer, number | undefined]>([
  ["full for a time", toAnswer(503, soon), 300],
  ["limited for a time", toAnswer(429, { "retry-after": "2" }), 2_000],
  ["full for no time at all", toAnswer(503, { "retry-after-ms": "0" }), 50],
  ["full for it does not say how long", toAnswer(429), undefined],
  ["full for longer than the job has", toAnswer(503, { "retry-after": "10" }), undefined],
  ["a server that wants no retry", toAnswer(429, { ...soon, "x-should-retry": "false" }), undefined],
  ["not ready, which jobs wait for in the queue", toAnswer(503, soon, "not_ready"), undefined],
  ["failing", toAnswer(500, soon, "internal"), undefined],
  ["a vector", toAnswer(200, soon), undefined],
])("after an answer that is %s", (_what, answer, pauseMs) => {
  expect(choosePause(answer, { tries: 1, leftMs: 5_000 })).toBe(pauseMs);
});

it("five requests are enough", () => {
  const refused = toAnswer(503, soon);
  expect(choosePause(refused, { tries: 4, leftMs: Number.POSITIVE_INFINITY })).toBe(300);
  expect(choosePause(refused, { tries: 5, leftMs: Number.POSITIVE_INFINITY })).toBeUndefined();
});
