import { createRequire } from "node:module";
import { startWeir } from "@weir/testkit";
import { describe, expect, it } from "vitest";
import { startOtlpReceiver } from "./fixtures/otlp-receiver.ts";

/** Files of OpenTelemetry's SDK that this process has loaded. */
function countSdkFiles(): number {
  const { cache } = createRequire(import.meta.url);
  return Object.keys(cache).filter((file) => /@opentelemetry[\\/](?:sdk|exporter)/.test(file)).length;
}

describe("OpenTelemetry", () => {
  it("is loaded only where traces are wanted", async () => {
    {
      await using weir = await startWeir();
      expect((await fetch(`${weir.url}/health/live`)).status).toBe(200);
    }
    expect(countSdkFiles()).toBe(0);
    await using receiver = await startOtlpReceiver();
    {
      await using weir = await startWeir({ observing: { otlpEndpoint: receiver.url } });
      expect((await fetch(`${weir.url}/health/live`)).status).toBe(200);
    }
    expect(countSdkFiles()).toBeGreaterThan(0);
  });
});
