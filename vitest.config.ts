import { defineConfig } from "vitest/config";

export default defineConfig({
  // Tests run from source: workspace packages resolve to their src/index.ts, so nothing has to be built first.
  // Vite's own "module" is left out: vitest hands the conditions on to Node, for which OpenTelemetry's build of that name is none.
  ssr: { resolve: { conditions: ["@weir/source", "node", "development|production"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts"],
    pool: "forks",
    execArgv: ["--conditions=@weir/source"],
    // Only what hangs: tests that start several processes with a model take seconds on an idle machine, and it may not be.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
