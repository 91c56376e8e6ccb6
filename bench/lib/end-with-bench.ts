import { endProcessesBelow } from "./process-tree.ts";

const signals = ["SIGINT", "SIGTERM"] as const;
const stops: (() => void)[] = [];

/**
 * Calls `stop` where the bench is ended by a signal, so that what it started or laid down does not outlive it: after
 * all processes below this one have ended, the last one given first. Gives a function that takes this back.
 */
export function endWithBench(stop: () => void): () => void {
  // Not `once`: npm passes Ctrl-C on, and the second signal would end the process in the middle of clearing up.
  if (stops.length === 0) for (const signal of signals) process.on(signal, onSignal);
  stops.push(stop);
  return () => {
    const at = stops.indexOf(stop);
    if (at === -1) return;
    stops.splice(at, 1);
    if (stops.length === 0) for (const signal of signals) process.removeListener(signal, onSignal);
  };
}

// All of it without a turn of the event loop, in which what goes on would go on.
function onSignal(signal: NodeJS.Signals): void {
  // A process that still runs would write into a folder that is being removed.
  endProcessesBelow(process.pid);
  for (const stop of stops.toReversed()) {
    try {
      stop();
    } catch (error) {
      console.error((error as Error).message);
    }
  }
  process.exit(signal === "SIGINT" ? 130 : 143);
}
