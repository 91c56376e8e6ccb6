import type { Counter, Gauge, Registry } from "prom-client";

/** Sets the rows of one metric from what was read. */
export type Show<State> = (
  set: (labels: Record<string, string>, value: number) => void,
  state: State,
) => void;

/** Registers a metric of a kind with its name, its help and its labels. */
export type RegisterShown<State> = (
  Kind: typeof Gauge | typeof Counter,
  name: string,
  help: string,
  labelNames: readonly string[],
  show: Show<State>,
) => void;

/** For metrics that are read when somebody asks. Where `read` gives nothing they are there and have no rows. */
export function registerShown<State>(
  registry: Registry,
  read: () => State | undefined | Promise<State | undefined>,
): RegisterShown<State> {
  return (Kind, name, help, labelNames, show) => {
    const created: Gauge | Counter = new Kind({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      async collect() {
        const state = await read();
        created.reset();
        // From nothing, to add is to set.
        if (state !== undefined) show((labels, value) => created.inc(labels, value), state);
      },
    });
  };
}
