/**
 * Whether a process with this id exists. A zombie counts as alive: its id is not free yet.
 * Works on Linux, macOS and Windows: signal 0 only asks.
 */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
