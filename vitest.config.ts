import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/**
 * What they judge is how promptly something happens, or what a process has loaded: they get the machine and a process to
 * themselves, after all others.
 */
const alone = [
  "packages/load/src/run/generator-health.test.ts",
  "packages/load/src/run/run-end.test.ts",
  "packages/server/src/http/overload.test.ts",
  "packages/server/src/replica/choose-layout.test.ts",
  "packages/server/src/traces/loaded-on-demand.test.ts",
];

export default defineConfig({
  // Tests run from source: workspace packages resolve to their src/index.ts, so nothing has to be built first.
  // Vite's own "module" is left out: vitest hands the conditions on to Node, for which OpenTelemetry's build of that name is none.
  ssr: { resolve: { conditions: ["@weir/source", "node", "development|production"] } },
  test: {
    pool: "forks",
    // Files after one another in one process, which loads what they test once: half the processor time.
    isolate: false,
    execArgv: ["--conditions=@weir/source"],
    // Only what hangs: tests that start several processes with a model take seconds on an idle machine, and it may not be.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "together",
          include: ["packages/*/src/**/*.test.ts"],
          exclude: alone,
          // Much of their time they wait for processes to start: on two cores three take a fifth less time than two.
          maxWorkers: Math.max(3, availableParallelism() - 1),
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: "alone", include: alone, isolate: true, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
