/** One graph. */
export interface Panel {
  readonly title: string;
  /** Grafana's name of a unit. */
  readonly unit: "reqps" | "s" | "percentunit" | "bytes" | "short" | "ops";
  readonly description?: string;
  /** PromQL and how its lines are called. */
  readonly queries: readonly (readonly [expression: string, legend: string])[];
  readonly stacked?: true;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Filled in by Grafana: the chosen job and instances, and a window that fits the scrape interval. */
const chosen = 'job=~"$job",instance=~"$instance"';
const window = "$__rate_interval";

const quantile = (of: number, metric: string, by: string, matchers = ""): string =>
  `histogram_quantile(${of}, sum by (${by}, le) (rate(${metric}_bucket{${chosen}${matchers}}[${window}])))`;
const rate = (metric: string, by: string, matchers = ""): string =>
  `sum by (${by}) (rate(${metric}{${chosen}${matchers}}[${window}]))`;
const now = (metric: string, by: string): string => `sum by (${by}) (${metric}{${chosen}})`;

/** Not what was refused at once, nor what the client broke off or got wrong. */
const worked = ',model!="",outcome=~"ok|failed"';
const duration = "weir_request_duration_seconds";
const phase = "weir_phase_duration_seconds";

export const dashboardRows: readonly Row[] = [
  {
    title: "Traffic",
    panels: [
      {
        title: "Requests by status",
        unit: "reqps",
        stacked: true,
        queries: [[rate("weir_requests_total", "status"), "{{status}}"]],
      },
      {
        title: "Time of a request",
        unit: "s",
        description: "Without what was refused at once.",
        queries: [0.5, 0.95, 0.99].map((of) => [
          quantile(of, duration, "model", worked),
          `p${of * 100} {{model}}`,
        ]),
      },
      {
        title: "Refused",
        unit: "reqps",
        stacked: true,
        queries: [[rate("weir_rejections_total", "reason"), "{{reason}}"]],
      },
    ],
  },
  {
    title: "Where the time goes",
    panels: [
      {
        title: "Mean time by phase",
        unit: "s",
        stacked: true,
        queries: [[`${rate(`${phase}_sum`, "phase")} / ${rate(`${phase}_count`, "phase")}`, "{{phase}}"]],
      },
      { title: "p99 by phase", unit: "s", queries: [[quantile(0.99, phase, "phase"), "{{phase}}"]] },
      {
        title: "Event loop of the HTTP process",
        unit: "s",
        description: "How late timers fire. Above a few milliseconds the HTTP side itself is busy.",
        queries: [
          [`max by (instance, at) (weir_event_loop_delay_seconds{${chosen}})`, "{{at}} {{instance}}"],
        ],
      },
    ],
  },
  {
    title: "Queue and replicas",
    panels: [
      {
        title: "Waiting jobs by class",
        unit: "short",
        stacked: true,
        queries: [
          [now("weir_queue_jobs", "class"), "{{class}}"],
          [now("weir_queue_jobs_max", "model"), "limit {{model}}"],
        ],
      },
      {
        title: "Slots in use",
        unit: "percentunit",
        queries: [
          [
            `${now("weir_replica_slots_in_use", "instance, model")} / ${now("weir_replica_slots", "instance, model")}`,
            "{{model}} {{instance}}",
          ],
        ],
      },
      {
        title: "Oldest waiting job",
        unit: "s",
        queries: [[`max by (model) (weir_queue_oldest_seconds{${chosen}})`, "{{model}}"]],
      },
      {
        title: "Replicas by state",
        unit: "short",
        queries: [[now("weir_replicas", "model, state"), "{{model}} {{state}}"]],
      },
      {
        title: "Replicas that ended or were replaced",
        unit: "short",
        queries: [
          [
            `sum by (model, reason) (increase(weir_replica_restarts_total{${chosen}}[${window}]))`,
            "{{model}} {{reason}}",
          ],
        ],
      },
      {
        title: "Resident memory",
        unit: "bytes",
        queries: [
          [`weir_replica_resident_bytes{${chosen}}`, "{{model}} {{replica}} {{instance}}"],
          [`process_resident_memory_bytes{${chosen}}`, "HTTP process {{instance}}"],
        ],
      },
    ],
  },
  {
    title: "Batches",
    panels: [
      {
        title: "Inputs and tokens a second",
        unit: "ops",
        queries: [
          [rate("weir_inputs_total", "model"), "inputs {{model}}"],
          [rate("weir_tokens_total", "model"), "tokens {{model}}"],
        ],
      },
      {
        title: "Inputs in a batch",
        unit: "short",
        queries: [
          [
            `${rate("weir_batch_inputs_sum", "model")} / ${rate("weir_batch_inputs_count", "model")}`,
            "mean {{model}}",
          ],
        ],
      },
      {
        title: "Padding",
        unit: "percentunit",
        description: "The part of the computed tokens that only fills batches up.",
        queries: [
          [
            `${rate("weir_padding_tokens_total", "model")} / (${rate("weir_padding_tokens_total", "model")} + ${rate("weir_tokens_total", "model")})`,
            "{{model}}",
          ],
        ],
      },
    ],
  },
  {
    title: "Chat",
    panels: [
      {
        title: "Time to the first token",
        unit: "s",
        queries: [0.5, 0.95, 0.99].map((of) => [
          quantile(of, "weir_chat_first_token_seconds", "model"),
          `p${of * 100} {{model}}`,
        ]),
      },
      {
        title: "Tokens a second",
        unit: "ops",
        queries: [[rate("weir_chat_tokens_total", "model, kind"), "{{kind}} {{model}}"]],
      },
      {
        title: "Prompt tokens that were reused",
        unit: "percentunit",
        description: "Computed for an earlier turn of the conversation, or for all.",
        queries: [
          [
            `${rate("weir_chat_prompt_tokens_total", "model", ',how="reused"')} / ${rate("weir_chat_prompt_tokens_total", "model")}`,
            "{{model}}",
          ],
        ],
      },
      {
        title: "KV cache in use",
        unit: "percentunit",
        queries: [
          [
            `${now("weir_chat_pool_tokens", "model, instance")} / ${now("weir_chat_pool_tokens_max", "model, instance")}`,
            "{{model}} {{instance}}",
          ],
        ],
      },
      {
        title: "Conversations that are remembered",
        unit: "short",
        stacked: true,
        queries: [[now("weir_chat_agents", "model, state"), "{{state}} {{model}}"]],
      },
      {
        title: "Writing and reading a state file",
        unit: "s",
        description: "The mean.",
        queries: [
          [
            `${rate("weir_chat_save_seconds_total", "model")} / ${rate("weir_chat_saves_total", "model")}`,
            "write {{model}}",
          ],
          [
            `${rate("weir_chat_restore_seconds_total", "model")} / ${rate("weir_chat_restores_total", "model")}`,
            "read {{model}}",
          ],
        ],
      },
      {
        title: "Where prompts left what was known",
        unit: "short",
        stacked: true,
        queries: [
          [
            `sum by (model, at) (increase(weir_chat_divergences_total{${chosen}}[${window}]))`,
            "{{at}} {{model}}",
          ],
        ],
      },
    ],
  },
];
