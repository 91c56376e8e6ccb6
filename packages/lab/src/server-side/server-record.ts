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

/** A time per request as a server counts it, in milliseconds. */
export interface ServerTime {
  readonly mean: number;
  /** Within the width of the server's own buckets; null where it has none, or where they do not reach so far. */
  readonly p50: number | null;
  readonly p95: number | null;
}

export interface MetricLevel {
  readonly mean: number;
  readonly max: number;
}

/** What a server's metrics say of a window. */
export interface MetricFigures {
  /** Requests that the server counted; null where it counts none. */
  readonly requests: number | null;
  /** Per request, in milliseconds. */
  readonly timesMs: {
    readonly request: ServerTime | null;
    readonly queue: ServerTime | null;
    readonly model: ServerTime | null;
    readonly firstToken: ServerTime | null;
  };
  readonly levels: {
    /** Requests that waited, and requests that were computed. */
    readonly waiting: MetricLevel | null;
    readonly running: MetricLevel | null;
    /** Share of the KV cache in use. */
    readonly cacheUse: MetricLevel | null;
  };
  /** Mean number of inputs computed together. */
  readonly batch: number | null;
  readonly cacheHitShare: number | null;
}

/** What a server's metrics said of the window of a run. */
export interface RecordedMetrics extends MetricFigures {
  readonly url: string;
  /** What the metrics were recognised as; null where they are of no kind that is known: none is interpreted then. */
  readonly software: string | null;
  /** How often they were read, how often in vain, and at which distance at last. */
  readonly looks: number;
  readonly failedLooks: number;
  readonly everyMs: number;
}

export type TimePart =
  | "lag"
  | "network and client"
  | "web layer"
  | "queue"
  | "model"
  | "server"
  | "not accounted for";

/** Where the mean response time went. The parts add up to it. */
export interface RecordedWhere {
  readonly responseMs: number;
  readonly parts: readonly {
    readonly part: TimePart;
    readonly ms: number;
    /** Of the response time. */
    readonly share: number;
    /** Who says so: the load's own clocks, the answers' headers, the server's metrics, or what is left of them. */
    readonly source: "client" | "headers" | "metrics" | "difference";
  }[];
  readonly sentence: string;
}

/** What of the server rose whenever responses took longer. */
export interface RecordedTogether {
  /** E.g. `more requests waited`. */
  readonly what: string;
  /** Spearman's rho over the seconds of the window. */
  readonly correlation: number;
  readonly seconds: number;
  readonly sentence: string;
}

/** The server's side of a run. */
export interface RecordedServer {
  /** Null where the server does not run on this machine, or could not be found. */
  readonly process: RecordedProcess | null;
  /** Null where it has no metrics. */
  readonly metrics: RecordedMetrics | null;
  /** Null where the server says nothing of its times. */
  readonly where: RecordedWhere | null;
  /** Null where nothing rose with the response time beyond doubt, or too few seconds were seen. */
  readonly together: RecordedTogether | null;
  /** What of it is in server.json beside run.json, second by second; null where nothing is. */
  readonly series: { readonly rows: number; readonly everyMs: number } | null;
  /** What a reader must know of these figures, a sentence each. */
  readonly notes: readonly string[];
}
