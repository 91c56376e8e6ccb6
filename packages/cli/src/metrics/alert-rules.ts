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

/** What writes text takes as long as the text is: how soon it begins has an alert of its own. */
const chatRoutes = "/v1/chat/completions|/v1/completions|/v1/messages|/api/chat|/api/generate";

/** What was refused at once must not make the rest look fast. What ran out of time has alerts of its own. */
const latency = (quantile: number): string =>
  `histogram_quantile(${quantile}, sum by (job, model, le) (rate(weir_request_duration_seconds_bucket{model!="",route!~"${chatRoutes}",outcome=~"ok|failed"}[5m])))`;

const poolUse =
  "sum by (job, instance, model) (weir_replica_slots_in_use) / sum by (job, instance, model) (weir_replica_slots)";

/** Of the tokens of prompts, those that were computed for an earlier turn. */
const hitRate = (window: string, offset = ""): string => {
  const count = (matchers: string): string =>
    `sum by (job, instance, model) (increase(weir_chat_prompt_tokens_total${matchers}[${window}]${offset}))`;
  return `${count('{how="reused"}')} / ${count("")}`;
};

const kvUse =
  "sum by (job, instance, model) (weir_chat_pool_tokens) / sum by (job, instance, model) (weir_chat_pool_tokens_max)";

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
  {
    name: "WeirChatStartsLate",
    expression:
      "histogram_quantile(0.95, sum by (job, model, le) (rate(weir_chat_first_token_seconds_bucket[5m]))) > 10",
    severity: "warning",
    summary: "p95 of the time to the first token of {{ $labels.model }} is {{ $value | humanizeDuration }}",
    description:
      "weir_phase_duration_seconds tells waiting (queue) from computing. weir_chat_prompt_tokens_total says how much of the prompts had to be computed again.",
  },
  {
    name: "WeirChatNotSaved",
    expression: "sum by (job, instance, model) (increase(weir_chat_save_failures_total[15m])) > 0",
    severity: "warning",
    summary: `conversations of ${where} could not be saved`,
    description:
      "They are lost at the next restart, and computed again then. Look at the disk of --kv-dir: space, permissions.",
  },
  {
    name: "WeirChatForgets",
    expression: `(${hitRate("30m")}) < 0.5 * (${hitRate("30m", " offset 1h")}) and (${hitRate("30m", " offset 1h")}) > 0.2`,
    for: "10m",
    severity: "warning",
    summary: `only ${percent} of the prompts' tokens of ${where} are reused, half of what it was an hour ago`,
    description:
      "weir_chat_divergences_total by at says where prompts leave what is known: early is a system prompt or a list of tools that changes from turn to turn. weir_chat_evictions_total and weir_chat_agents tell whether there are more agents than --kv-disk holds.",
  },
  {
    name: "WeirChatPoolFull",
    expression: `${kvUse} > 0.95`,
    for: "10m",
    severity: "warning",
    summary: `${percent} of the KV cache of ${where} is in use`,
    description:
      "Conversations push each other out of memory and are read from disk at their next turn. A --kv-type of q8_0 holds twice as many in the same memory, --parallel holds more.",
  },
];
