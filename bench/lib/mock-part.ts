import { startMock, type MockLog, type MockOptions, type MockTiming } from "@weir/mock";
import { say, startPart, untilFinished, type Part, type PartOptions } from "./part.ts";

/** What a mock in a process of its own says when asked. */
interface MockReport {
  readonly log: MockLog;
  readonly timing: MockTiming;
  /** Of its process, from the start. */
  readonly cpuMs: number;
}

export interface MockPart extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  report(): Promise<MockReport>;
}

/** Starts a mock as part `mock` of a bench file, which runs {@link serveMock} there. */
export async function startMockPart(
  file: string,
  mock: Partial<MockOptions>,
  options: PartOptions = {},
): Promise<MockPart> {
  const part: Part = startPart(file, "mock", mock, options);
  const { url } = await part.next<{ url: string }>();
  return {
    url,
    pid: part.pid,
    report: async () => {
      part.ask();
      return await part.next<MockReport>();
    },
    [Symbol.asyncDispose]: () => part[Symbol.asyncDispose](),
  };
}

/** The part itself. */
export async function serveMock(mock: Partial<MockOptions>): Promise<void> {
  await using running = await startMock(mock);
  say({ url: running.url });
  await untilFinished(() => {
    const { user, system } = process.cpuUsage();
    say({ log: running.log, timing: running.timing, cpuMs: (user + system) / 1000 } satisfies MockReport);
  });
}
