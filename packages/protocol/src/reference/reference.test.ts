import { describe, expect, it } from "vitest";
import { describeDialects } from "./describe-dialects.ts";
import { describeErrorCodes } from "./describe-error-codes.ts";

// After a change to the tables: npx vitest run packages/protocol -u
describe("reference pages", () => {
  it("docs/reference/errors.md is what the error table says", async () => {
    await expect(describeErrorCodes()).toMatchFileSnapshot("../../../../docs/reference/errors.md");
  });

  it("docs/reference/dialects.md is what the routing table says", async () => {
    await expect(describeDialects()).toMatchFileSnapshot("../../../../docs/reference/dialects.md");
  });
});
