/** Whether the process whose number a file's name begins with is still there, on this machine. */
export function isAlive(pid: number): boolean {
  // A file that none of ours would write.
  if (!Number.isSafeInteger(pid) || pid <= 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
