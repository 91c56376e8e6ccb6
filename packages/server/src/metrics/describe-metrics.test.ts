import { describe, expect, it } from "vitest";
import { describeMetrics } from "./describe-metrics.ts";
import { createServerMetrics } from "./server-metrics.ts";

describe("docs/reference/metrics.md", () => {
  it("is what a server's registry says", async () => {
    using metrics = createServerMetrics("0.0.0", () => []);
    const page = await describeMetrics(metrics.registry);
    await expect(page).toMatchFileSnapshot("../../../../docs/reference/metrics.md");
  });
});
