import { defineConfig } from "vitest/config";

export default defineConfig({
  // Tests run from source: workspace packages resolve to their src/index.ts, so nothing has to be built first.
  ssr: { resolve: { conditions: ["@weir/source", "module", "node", "development|production"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts"],
    pool: "forks",
    execArgv: ["--conditions=@weir/source"],
    testTimeout: 20_000,
  },
});
