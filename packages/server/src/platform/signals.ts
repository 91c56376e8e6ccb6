/**
 * Keeps a replica alive through signals meant for its parent. Ctrl-C in a terminal and a service manager's stop reach
 * the whole process group; the parent then drains its work and closes the link, which is what ends a replica.
 */
export function leaveSignalsToParent(): void {
  const ignore = (): void => {};
  process.on("SIGINT", ignore);
  process.on("SIGTERM", ignore);
  // Windows knows no hang-up of a group; registering the name there is harmless.
  process.on("SIGHUP", ignore);
}

/** Ends this process without running anything more, whatever its main thread is busy with. */
export function endProcessNow(): void {
  process.kill(process.pid, "SIGKILL");
}
