import { createInterface } from "node:readline/promises";

/** Asks whoever sits at the terminal, on stderr, and gives their line. Rejects when the signal fires. */
export async function askTerminal(question: string, signal: AbortSignal): Promise<string> {
  // Not `terminal`: the terminal then does its own editing, and Ctrl-C is a signal as ever.
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  try {
    return await lines.question(question, { signal });
  } finally {
    lines.close();
  }
}
