import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Gives back what starting or loading a model left behind in this thread's heap. V8 would get to it in its own time, but a
 * process at rest allocates nothing, so that time may be long (measured: 7 MB of a replica's resident memory, 50 MB of the
 * HTTP process's). Takes tens of milliseconds.
 */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
}
