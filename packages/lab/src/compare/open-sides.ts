import path from "node:path";
import { startTarget, type StartedTarget } from "../target/start-target.ts";
import type { SideName } from "./compare-record.ts";
import type { CompareRequest, SideRequest } from "./compare-request.ts";
import { runToggle } from "./run-toggle.ts";

/** A side that is ready for its half. */
interface ReadySide {
  readonly url: string;
  /** Fires when its server ends by itself; undefined where it is not ours. */
  readonly ended: AbortSignal | undefined;
}

/** Both sides of a comparison, their servers started where that was asked for. Disposing it ends what was started. */
export interface OpenSides extends AsyncDisposable {
  /** Makes a side ready for its half. Throws TARGET_UNREACHABLE where it cannot be. */
  readonly begin: (name: SideName, signal: AbortSignal | undefined) => Promise<ReadySide>;
  /** To be called after each half. */
  readonly finish: (name: SideName) => Promise<void>;
}

/** @param folder takes what started servers print, `a-1.log` and so on */
export function openSides(request: CompareRequest, folder: string): OpenSides {
  const running = new Map<string, StartedTarget>();
  const starts = { a: 0, b: 0 };
  const oneAtATime = request.oneAtATime === true;

  const start = async (
    name: SideName,
    command: string,
    signal: AbortSignal | undefined,
  ): Promise<StartedTarget> => {
    starts[name] += 1;
    const logFile = path.join(folder, `${name}-${starts[name]}.log`);
    return await startTarget(command, { signal, logFile });
  };

  const stopAll = async (): Promise<void> => {
    const servers = [...running.values()];
    running.clear();
    await Promise.all(servers.map(async (server) => await server.stop()));
  };

  return {
    async begin(name, signal) {
      const side = request[name];
      const ready = await startOrReuse(name, side, signal);
      if (side.toggle !== undefined) await runToggle(side.toggle, ready.url, signal);
      return ready;
    },
    async finish() {
      if (oneAtATime) await stopAll();
    },
    [Symbol.asyncDispose]: stopAll,
  };

  async function startOrReuse(
    name: SideName,
    side: SideRequest,
    signal: AbortSignal | undefined,
  ): Promise<ReadySide> {
    if (side.start === undefined) return { url: side.run.url, ended: undefined };
    const key = request.sharedServer === true ? "both" : name;
    const known = running.get(key);
    const server = known ?? (await start(name, side.start, signal));
    running.set(key, server);
    return { url: atPortOf(server, side.run.url), ended: server.ended };
  }
}

// The address that was asked for names the path; where the server listens was found out when it was started.
function atPortOf(server: StartedTarget, asked: string): string {
  const { pathname } = new URL(asked);
  return pathname === "/" ? server.url : server.url + pathname;
}
