import { expect, it } from "vitest";
import { encodeJunit } from "./encode-junit.ts";

it("counts what passed and what did not, and lets no text out of its place", () => {
  const xml = encodeJunit("compare", [
    { name: "p50 & p95", timeMs: 1234 },
    { name: "B", problem: { kind: "failure", message: 'slower by "12 %" <b>\u0007' }, output: "a < b" },
    { name: "C", problem: { kind: "skipped", message: "n too small" } },
  ]);
  expect(xml).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="compare" tests="3" failures="1" errors="0" skipped="1" time="1.234">
  <testsuite name="compare" tests="3" failures="1" errors="0" skipped="1" time="1.234">
    <testcase classname="compare" name="p50 &amp; p95" time="1.234"/>
    <testcase classname="compare" name="B" time="0.000">
      <failure message="slower by &quot;12 %&quot; &lt;b&gt;\uFFFD"/>
      <system-out>a &lt; b</system-out>
    </testcase>
    <testcase classname="compare" name="C" time="0.000">
      <skipped message="n too small"/>
    </testcase>
  </testsuite>
</testsuites>
`);
});
