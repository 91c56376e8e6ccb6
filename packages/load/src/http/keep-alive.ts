/**
 * How long a connection may rest before it is no longer used, in milliseconds, by the `Keep-Alive: timeout=5` of the
 * server; Infinity where it does not say. A request that is sent while the server closes an idle connection is lost
 * through nobody's fault, so connections are given up a second before (as undici does), or at half of a shorter time.
 */
export function parseKeepAlive(value: string | undefined): number {
  const seconds = /(?:^|[\s,;])timeout\s*=\s*"?(\d+)/i.exec(value ?? "")?.[1];
  if (seconds === undefined) return Infinity;
  const timeoutMs = Number(seconds) * 1000;
  return Math.max(timeoutMs / 2, timeoutMs - 1000);
}
