import { once } from "node:events";
import { expect, it } from "vitest";
import { endCommandLine, guardCommandLine, startCommandLine } from "./command-processes.ts";

const sleeper = `"${process.execPath}" -e "setInterval(() => {}, 1000)"`;

it.skipIf(process.platform === "win32")(
  "ends a command line when the process that started it is gone",
  async () => {
    const child = startCommandLine(sleeper, process.env);
    const ended = once(child, "exit");
    // The system closes it like this after SIGKILL.
    guardCommandLine(child)?.pipe.destroy();
    expect(await ended).toEqual([null, "SIGTERM"]);
  },
);

it.skipIf(process.platform === "win32")("leaves one alone that it was released from", async () => {
  const child = startCommandLine(sleeper, process.env);
  const guard = guardCommandLine(child)!;
  guard.release();
  await once(guard.pipe, "close");
  const ended = once(child, "exit");
  // SIGTERM would have come first.
  endCommandLine(child, "kill");
  expect(await ended).toEqual([null, "SIGKILL"]);
});
