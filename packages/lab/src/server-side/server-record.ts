/** What a local server's processes used while the window of a run was open. */
export interface RecordedProcess {
  /** The processes that listen, or the one that was given, and all that they started, as they were at the start. */
  readonly pids: readonly number[];
  /** What the system calls the first of them. */
  readonly name: string;
  /** How they were found. */
  readonly source: "listening on port" | "listening on socket" | "given";
  /** Most processes at a time. */
  readonly count: number;
  /** Memory held by all of them together; what they share counts for each. First and last in the window. */
  readonly rssBytes: { readonly first: number; readonly max: number; readonly last: number };
  /** Mean number of processors in use. */
  readonly cpuCores: number;
  readonly threads: { readonly max: number };
  /** Null, like what went from and to disks, where the processes belong to another user. */
  readonly openFiles: { readonly max: number } | null;
  readonly diskReadBytes: number | null;
  readonly diskWrittenBytes: number | null;
}

/** The server's side of a run. */
export interface RecordedServer {
  /** Null where the server does not run on this machine, or could not be found. */
  readonly process: RecordedProcess | null;
  /** What of it is in server.json beside run.json, second by second; null where nothing is. */
  readonly series: { readonly rows: number; readonly everyMs: number } | null;
  /** What a reader must know of these figures, a sentence each. */
  readonly notes: readonly string[];
}
