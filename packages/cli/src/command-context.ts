/** Where a command writes. Satisfied by process.stdout. */
export interface TextOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  /** Its file descriptor, where it has one: a logger may write there itself. */
  readonly fd?: number | undefined;
}

/** What a command knows of the process that it runs in. Commands never touch `process` themselves. */
export interface CommandContext {
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Fires at the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Asks whoever sits at the terminal and gives their line; undefined where nobody does. Rejects when the signal fires. */
  readonly ask?: ((question: string, signal: AbortSignal) => Promise<string>) | undefined;
  /** Weir's own version. */
  readonly version: string;
  /** What the process exits with once the command is done; 0 unless set. */
  exitCode: number;
}
