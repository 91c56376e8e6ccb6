import { once } from "node:events";
import { WeirError } from "@weir/protocol";
import { endCommandLine, startCommandLine } from "../platform/command-processes.ts";

const keptCharacters = 2000;

/**
 * Runs the command line that makes a server one side of a comparison, and waits until it has ended. It finds the server's
 * address in WEIR_URL. Throws TARGET_UNREACHABLE with what it printed where it fails: what would be measured then is not
 * what was asked for.
 */
export async function runToggle(command: string, url: string, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const child = startCommandLine(command, { ...process.env, WEIR_URL: url });
  let output = "";
  const take = (chunk: Buffer): void => {
    output = (output + chunk.toString("utf8")).slice(-keptCharacters);
  };
  child.stdout?.on("data", take);
  child.stderr?.on("data", take);
  const interrupt = (): void => endCommandLine(child, "kill");
  signal?.addEventListener("abort", interrupt, { once: true });
  try {
    // Not its close: a server that it leaves in the background may hold its output open.
    const [code] = (await once(child, "exit")) as [number | null];
    signal?.throwIfAborted();
    if (code !== 0) throw fail(command, code === null ? "was ended" : `ended with exit code ${code}`, output);
  } catch (error) {
    if (error instanceof WeirError || signal?.aborted === true) throw error;
    throw fail(command, `could not be started (${(error as Error).message})`, output);
  } finally {
    signal?.removeEventListener("abort", interrupt);
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

function fail(command: string, how: string, output: string): WeirError {
  const printed = output.trim() === "" ? "It printed nothing." : `It printed:\n${output.trim()}`;
  return new WeirError("TARGET_UNREACHABLE", `the command ${how}: ${command}. ${printed}`);
}
