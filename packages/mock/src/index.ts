export { startMock, type RunningMock } from "./start-mock.ts";
export {
  defaultMockOptions,
  resolveMockOptions,
  type Cliff,
  type MockOptions,
  type Stall,
} from "./mock-options.ts";
export type { MockLog } from "./outcome-log.ts";
export type { MockTiming } from "./timing/timing-record.ts";
