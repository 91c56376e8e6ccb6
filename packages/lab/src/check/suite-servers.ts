import path from "node:path";
import { startTarget, type StartedTarget } from "../target/start-target.ts";

/** The servers that were started for a suite. Disposing of it ends all of them. */
export class SuiteServers implements AsyncDisposable {
  readonly #command: string | undefined;
  readonly #folder: string;
  readonly #signal: AbortSignal;
  readonly #started: StartedTarget[] = [];
  #count = 0;

  /** @param command undefined where the server runs already */
  constructor(command: string | undefined, folder: string, signal: AbortSignal) {
    this.#command = command;
    this.#folder = folder;
    this.#signal = signal;
  }

  /** Starts one more; what it prints goes to server.log, server-2.log and so on of the folder. */
  async start(): Promise<StartedTarget> {
    if (this.#command === undefined) throw new Error("there is no command to start a server with");
    this.#count += 1;
    const name = this.#count === 1 ? "server.log" : `server-${this.#count}.log`;
    const started = await startTarget(this.#command, {
      signal: this.#signal,
      logFile: path.join(this.#folder, name),
    });
    this.#started.push(started);
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#started.splice(0).map(async (server) => await server.stop()));
  }
}
