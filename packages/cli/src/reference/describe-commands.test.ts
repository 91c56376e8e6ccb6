import { expect, it } from "vitest";
import { createTestContext } from "../fixtures/test-context.ts";
import { describeCommands } from "./describe-commands.ts";

// After a change to a command: npx vitest run packages/cli/src/reference --update=true
it("is what docs/reference/commands.md says", async () => {
  const page = describeCommands(createTestContext().context);
  await expect(page).toMatchFileSnapshot("../../../../docs/reference/commands.md");
});
