/** One alert. */
export interface AlertRule {
  readonly name: string;
  /** PromQL; fires while it has a result. */
  readonly expression: string;
  /** How long it has to hold before it fires. @default at once */
  readonly for?: string;
  readonly severity: "critical" | "warning";
  /** One line; `{{ $value }}` and `{{ $labels.x }}` are filled in by Prometheus. */
  readonly summary: string;
  /** What to look at and what to do. */
  readonly description: string;
}

/** A scrape is no request of a client. */
const share = (window: string, matchers: string): string => {
  const count = (more: string): string =>
    `sum by (job) (rate(weir_requests_total{route!="/metrics"${more}}[${window}]))`;
  return `${count(`,${matchers}`)} / ${count("")}`;
};

/** 529 is Anthropic's status of a server that is full. */
const refusedShare = (window: string): string => share(window, 'status=~"503|529"');

/** Not done: out of time (504), or a fault of the model or the server. */
const failedShare = (window: string): string => share(window, 'status=~"5..",status!~"503|529"');

/** What was refused at once must not make the rest look fast. What ran out of time has alerts of its own. */
const latency = (quantile: number): string =>
  `histogram_quantile(${quantile}, sum by (job, model, le) (rate(weir_request_duration_seconds_bucket{model!="",outcome=~"ok|failed"}[5m])))`;

const poolUse =
  "sum by (job, instance, model) (weir_replica_slots_in_use) / sum by (job, instance, model) (weir_replica_slots)";

const percent = "{{ $value | humanizePercentage }}";
const where = "{{ $labels.model }} on {{ $labels.instance }}";

export const alertRules: readonly AlertRule[] = [
  {
    name: "WeirRefusesMuch",
    expression: `${refusedShare("5m")} > 0.10`,
    severity: "critical",
    summary: `${percent} of the requests are answered 503`,
    description:
      "Clients are turned away. weir_rejections_total by reason says why: queue_full asks for more replicas or machines, not_ready asks for a look at weir_replica_restarts_total.",
  },
  {
    name: "WeirFailsMuch",
    expression: `${failedShare("5m")} > 0.10`,
    severity: "critical",
    summary: `${percent} of the requests fail`,
    description:
      "weir_requests_total by status says how: 504 is more work than the deadlines of its clients allow (weir_phase_duration_seconds tells waiting from computing), 500 is a fault that the log tells by request.",
  },
  {
    name: "WeirSlowest",
    expression: `${latency(0.99)} > 10`,
    severity: "critical",
    summary: "p99 of {{ $labels.model }} is {{ $value | humanizeDuration }}",
    description:
      "weir_phase_duration_seconds tells waiting (queue) from computing (infer). Nothing above 120 s is told apart: the last bucket ends there.",
  },
  {
    name: "WeirPoolExhausted",
    expression: `${poolUse} > 0.90`,
    for: "2m",
    severity: "critical",
    summary: `${percent} of the slots of ${where} are in use`,
    description: "There is no room left for a burst: what comes now waits or is refused.",
  },
  {
    name: "WeirProbesFail",
    expression: "max by (job, instance, route) (weir_probes_failed_in_a_row) > 3",
    severity: "critical",
    summary: "{{ $value }} probes of {{ $labels.route }} on {{ $labels.instance }} failed in a row",
    description: "The server says that it cannot take jobs. GET /health says why.",
  },
  {
    name: "WeirSlow",
    expression: `${latency(0.95)} > 3`,
    severity: "warning",
    summary: "p95 of {{ $labels.model }} is {{ $value | humanizeDuration }}",
    description: "weir_phase_duration_seconds tells waiting (queue) from computing (infer).",
  },
  {
    name: "WeirPoolBusy",
    expression: `${poolUse} > 0.80`,
    for: "5m",
    severity: "warning",
    summary: `${percent} of the slots of ${where} are in use`,
    description: "Add replicas or machines before a burst has to wait.",
  },
  {
    name: "WeirRefuses",
    expression: `${refusedShare("10m")} > 0.05`,
    severity: "warning",
    summary: `${percent} of the requests are answered 503`,
    description: "weir_rejections_total by reason says why.",
  },
  {
    name: "WeirFails",
    expression: `${failedShare("10m")} > 0.05`,
    severity: "warning",
    summary: `${percent} of the requests fail`,
    description:
      "weir_requests_total by status says how: 504 ran out of time, 500 is a fault that the log tells by request.",
  },
  {
    name: "WeirCacheNotSaved",
    expression: "sum by (job, instance) (increase(weir_cache_save_failures_total[15m])) > 0",
    severity: "warning",
    summary: "the cache of {{ $labels.instance }} could not be saved",
    description: "Answers are right and slower than they need be. Look at the disk: space, permissions.",
  },
];
