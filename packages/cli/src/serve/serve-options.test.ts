import { describe, expect, it } from "vitest";
import { createTestContext } from "../fixtures/test-context.ts";
import { describeServeOptions } from "./describe-serve-options.ts";
import { createServeCommand } from "./serve-command.ts";
import { serveOptionNames, serveOptions, toFlag, toVariable } from "./serve-options.ts";

// After a change to the table: npx vitest run packages/cli/src/serve/serve-options.test.ts --update=true
describe("the options of weir serve", () => {
  it("are what docs/reference/serve-options.md says", async () => {
    await expect(describeServeOptions()).toMatchFileSnapshot("../../../../docs/reference/serve-options.md");
  });

  it("are all flags of the command, whose help has their variables", () => {
    const command = createServeCommand(createTestContext().context);
    const help = command.helpInformation().replaceAll(/\s+/g, " ");
    for (const name of serveOptionNames) {
      const option = command.options.find(({ long }) => long === toFlag(name));
      expect(option?.attributeName(), name).toBe(name);
      expect(help).toContain(`(env: ${toVariable(name)})`);
    }
    expect(command.options).toHaveLength(serveOptionNames.length + 1);
  });

  it.each(serveOptionNames)("%s reads its own default", (name) => {
    const { absent, kind } = serveOptions[name];
    expect(absent === undefined || kind.read(absent) !== undefined).toBe(true);
  });
});
