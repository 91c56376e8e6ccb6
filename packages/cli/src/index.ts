export { defineConfig, type MeasuringFlags, type WeirConfig } from "./config/define-config.ts";
export {
  defineSuite,
  type SuiteDefinition,
  type SuiteRun,
  type SuiteRunFlags,
} from "./check/define-suite.ts";
