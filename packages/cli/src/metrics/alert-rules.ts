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

/** 529 is Anthropic's status of a server that is full. A scrape is no request of a client. */
const refusedShare = (window: string): string => {
  const count = (more: string): string =>
    `sum by (job) (rate(weir_requests_total{route!="/metrics"${more}}[${window}]))`;
  return `${count(',status=~"503|529"')} / ${count("")}`;
};

/** What was refused at once must not make the rest look fast. */
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
    name: "WeirCacheNotSaved",
    expression: "sum by (job, instance) (increase(weir_cache_save_failures_total[15m])) > 0",
    severity: "warning",
    summary: "the cache of {{ $labels.instance }} could not be saved",
    description: "Answers are right and slower than they need be. Look at the disk: space, permissions.",
  },
];
