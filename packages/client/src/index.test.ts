import { expect, it } from "vitest";
import * as client from "./index.ts";

it("exports what is promised, and nothing else", () => {
  expect(Object.keys(client).toSorted()).toEqual([
    "clientPresets",
    "createClient",
    "launchSidecar",
    "vectorAt",
  ]);
});
