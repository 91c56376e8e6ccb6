const stops = new Set<() => void>();

/**
 * Calls `stop` where the bench is ended by a signal, so that what it started does not outlive it. Gives a function that
 * takes this back.
 */
export function endWithBench(stop: () => void): () => void {
  if (stops.size === 0) for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, onSignal);
  stops.add(stop);
  return () => {
    stops.delete(stop);
    if (stops.size === 0)
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.removeListener(signal, onSignal);
  };
}

function onSignal(): void {
  for (const stop of stops) stop();
  process.exit(130);
}
