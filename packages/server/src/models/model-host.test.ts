import { startWeir } from "@weir/testkit";
import { expect, it } from "vitest";
import { listenForLeaks } from "../fixtures/listener-warnings.ts";
import { startScripted } from "../remote/fixtures/scripted-server.ts";

it("starts many models at once without a warning of listeners that leak", async () => {
  await using remote = await startScripted();
  const models = Array.from({ length: 16 }, (_, index) => ({
    name: `model-${index}`,
    remote: { url: remote.url },
  }));
  const warnings = await listenForLeaks(async () => {
    await using weir = await startWeir({ models });
    expect(await weir.ready).toHaveLength(16);
  });
  expect(warnings).toEqual([]);
});
