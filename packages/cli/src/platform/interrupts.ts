/** Exit code of a command that Ctrl-C ended: 128 + SIGINT, as shells count. */
export const interruptedExitCode = 130;

/**
 * The first SIGINT or SIGTERM fires the signal, so that the command ends cleanly; the second ends the process at
 * once. Windows sends SIGINT for Ctrl-C and knows no SIGTERM from outside.
 */
export function watchInterrupts(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(interruptedExitCode);
    controller.abort(new Error(`stopped by ${name}`));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return controller.signal;
}
