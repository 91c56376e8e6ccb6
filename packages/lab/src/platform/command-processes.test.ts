import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { endCommandLine, startCommandLine, startGuard } from "./command-processes.ts";

describe.skipIf(process.platform === "win32")("the guard of a command line", () => {
  it("ends it when the pipe to whoever started it ends, as it does when that is killed", async () => {
    const child = startCommandLine("sleep 600 & sleep 600; wait", process.env);
    const ended = once(child, "exit");
    const guard = startGuard(child);
    guard.stdin!.end();
    expect(await ended).toEqual([null, "SIGTERM"]);
  });

  it("goes with it", async () => {
    const child = startCommandLine("exec sleep 600", process.env);
    const guard = startGuard(child);
    const gone = once(guard, "exit");
    endCommandLine(child, "kill");
    expect(await gone).toEqual([null, "SIGKILL"]);
  });
});
