import { describe, expect, it } from "vitest";
import { parseExposition, parseSeriesName } from "./parse-exposition.ts";

describe("parseExposition", () => {
  it("reads Prometheus' text format", () => {
    const text = [
      "# HELP http_requests_total The total number of HTTP requests.",
      "# TYPE http_requests_total counter",
      'http_requests_total{method="post",code="200"} 1027 1395066363000',
      'http_requests_total{method="post",code="400"}    3',
      "",
      "# A comment",
      String.raw`msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"F}ILE.TXT\""} 1.458255915e9`,
      "metric_without_timestamp_and_labels 12.47",
      'something_weird{problem="division by zero"} +Inf -3982045',
      "small -1e-3",
      "not_a_number NaN",
      "# TYPE rpc_duration_seconds summary",
      'rpc_duration_seconds{quantile="0.5"} 4773\r',
      'broken{unclosed="} 5',
      "broken",
      "broken words",
    ].join("\n");
    const { types, samples } = parseExposition(text)!;
    expect(Object.fromEntries(types)).toEqual({
      http_requests_total: "counter",
      rpc_duration_seconds: "summary",
    });
    expect([...samples.values()]).toEqual([1027, 3, 1458255915, 12.47, Infinity, -0.001, Number.NaN, 4773]);
    expect(parseSeriesName([...samples.keys()][2]!)).toEqual({
      name: "msdos_file_access_time_seconds",
      labels: { path: String.raw`C:\DIR\FILE.TXT`, error: 'Cannot find file:\n"F}ILE.TXT"' },
    });
  });

  it("reads OpenMetrics with exemplars and its end", () => {
    const text = `# TYPE foo histogram
# UNIT foo seconds
foo_bucket{le="0.01"} 0
foo_bucket{le="0.1"} 8 # {} 0.054
foo_bucket{le="+Inf"} 17 # {trace_id="oHg5SJYRHA0"} 9.8 1520879607.789
foo_count 17
foo_sum 324789.3
# TYPE bar counter
bar_total 3 1520879607.789
# EOF
`;
    const { types, samples } = parseExposition(text)!;
    expect(types.get("foo")).toBe("histogram");
    expect(Object.fromEntries(samples)).toEqual({
      'foo_bucket{le="0.01"}': 0,
      'foo_bucket{le="0.1"}': 8,
      'foo_bucket{le="+Inf"}': 17,
      foo_count: 17,
      foo_sum: 324789.3,
      bar_total: 3,
    });
  });

  it.each([
    "",
    "<!doctype html>\n<html><body>Not found</body></html>\n",
    '{"detail": "Not Found"}',
    "# EOF\n",
  ])("finds nothing in %j", (text) => {
    expect(parseExposition(text)).toBeUndefined();
  });
});
