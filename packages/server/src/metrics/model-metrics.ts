import { Gauge, type Registry } from "prom-client";
import { jobClasses } from "../admission/job.ts";
import type { AdmissionStats } from "../admission/admission-stats.ts";
import type { BackendState, ReplicaStatus } from "../models/embedding-backend.ts";
import type { RememberingModel } from "./chat-metrics.ts";

/** What gauges show of a model. A backend with its queue is one. */
export interface MeasuredModel extends RememberingModel {
  readonly state: BackendState;
  admissionStats(): AdmissionStats;
  readonly replicas: readonly ReplicaStatus[];
  readonly info: { readonly device: string; readonly precision: string; readonly reference: boolean };
}

/** Gauges of the models that are loaded, read when somebody asks: a model that was unloaded leaves no row behind. */
export function createModelMetrics(registry: Registry, models: () => readonly MeasuredModel[]): void {
  function gauge<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    show: (model: MeasuredModel, set: (labels: Record<L, string | number>, value: number) => void) => void,
  ): void {
    const created = new Gauge({
      name,
      help,
      labelNames: ["model", ...labelNames],
      registers: [registry],
      collect() {
        created.reset();
        for (const model of models())
          show(model, (labels, value) => created.set({ model: model.name, ...labels }, value));
      },
    });
  }

  const loaded = new Gauge({
    name: "weir_models_loaded",
    help: "Models that are loaded: those that are asleep are not.",
    registers: [registry],
    collect: (): void => loaded.set(models().filter(isLoaded).length),
  });
  gauge(
    "weir_model_info",
    "1 for each loaded model. reference is true where weights are random and answers mean nothing.",
    ["device", "precision", "reference"],
    ({ info, state }, set) => {
      if (isLoaded({ state }))
        set({ device: info.device, precision: info.precision, reference: String(info.reference) }, 1);
    },
  );
  gauge("weir_model_ready", "1 while the model takes jobs.", [], ({ state }, set) => {
    set({}, state.kind === "ready" ? 1 : 0);
  });
  gauge(
    "weir_model_asleep",
    "1 while the model is unloaded on purpose; the next request loads it.",
    [],
    ({ state }, set) => {
      set({}, state.kind === "asleep" ? 1 : 0);
    },
  );
  gauge("weir_queue_jobs", "Jobs that wait for a slot, by class.", ["class"], (model, set) => {
    const { waitingByClass } = model.admissionStats();
    for (const name of jobClasses) set({ class: name }, waitingByClass[name].jobs);
  });
  gauge("weir_queue_jobs_max", "Jobs that may wait for a slot of the model.", [], (model, set) => {
    set({}, model.admissionStats().maxJobs);
  });
  gauge("weir_queue_cost", "Cost that waits, in the model's unit.", [], (model, set) => {
    set({}, model.admissionStats().waiting.cost);
  });
  gauge("weir_queue_oldest_seconds", "How long the oldest waiting job has waited.", [], (model, set) => {
    set({}, model.admissionStats().waiting.oldestWaitMs / 1_000);
  });
  gauge(
    "weir_replica_slots",
    "Jobs that the model's replicas, or its remote server, take at once now.",
    [],
    (model, set) => {
      set({}, model.admissionStats().slots);
    },
  );
  gauge("weir_replica_slots_in_use", "Slots that are in use.", [], (model, set) => {
    set({}, model.admissionStats().slotsInUse);
  });
  gauge("weir_replicas", "Replicas by state.", ["state"], ({ replicas }, set) => {
    for (const state of ["ready", "starting", "circuit-open"] as const)
      set({ state }, replicas.filter((replica) => replica.kind === state).length);
  });
  gauge(
    "weir_replica_resident_bytes",
    "Resident memory of a replica's process. replica is its place, which stays when the process is replaced.",
    ["replica"],
    ({ replicas }, set) => {
      for (const { place, rssBytes } of replicas)
        if (rssBytes !== undefined) set({ replica: place }, rssBytes);
    },
  );
}

function isLoaded({ state }: Pick<MeasuredModel, "state">): boolean {
  return state.kind !== "asleep" && state.kind !== "loading";
}
