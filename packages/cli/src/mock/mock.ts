import { startMock } from "@weir/mock";
import type { CommandContext } from "../command-context.ts";
import { describeMockEnd } from "./describe-mock.ts";
import { resolveMockFlags, type MockFlags } from "./resolve-mock-options.ts";

/** Serves until Ctrl-C or SIGTERM, then says how exact it was. The first line on stdout is the address. */
export async function mock(
  flags: MockFlags,
  context: CommandContext,
  ambient: ReadonlySet<string> = new Set(),
): Promise<void> {
  const { signal, stdout, stderr } = context;
  await using server = await startMock(resolveMockFlags(flags, ambient));
  stdout.write(`listening on ${server.url}\n`);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  stderr.write(describeMockEnd(server.log, server.timing));
}
