import { Option } from "commander";
import { createFlags } from "./create-flags.ts";

/** The flags that say when load is offered, as they were written. */
export interface ScheduleFlags {
  readonly users?: string | undefined;
  readonly clients?: string | undefined;
  readonly concurrent?: string | undefined;
  readonly rate?: string | undefined;
  readonly arrivals?: string | undefined;
  readonly pace?: string | undefined;
  readonly overrun?: string | undefined;
  readonly ramp?: string | undefined;
  readonly spike?: string | undefined;
  readonly replay?: string | undefined;
  readonly preciseTiming?: boolean | undefined;
}

const heading = "When it is sent:";

export function createScheduleOptions(): Option[] {
  return [
    ...createFlags(heading, [
      [
        "--users <number>",
        "users who each send, wait for the answer and send again; also --clients, --concurrent (default: 4)",
      ],
      ["--pace <time>", "each user begins a turn every so often, e.g. 20s"],
      [
        "--overrun <policy>",
        "what a paced user does after a turn that took too long: skip, slip or queue (default: slip)",
      ],
      ["--rate <rate>", "requests that come due whoever waits, e.g. 50/s"],
      ["--arrivals <process>", "with a rate: constant, poisson or gamma:SHAPE (default: constant)"],
      [
        "--ramp <range>",
        "from one level to another: users 10..100/30s, a rate 10/s..100/s/30s; @5/s for 5 more each second in place of /30s",
      ],
      [
        "--spike <spike>",
        "users, or the rate where there is one, for a while: 200/10s@30s is 200 for 10 s after 30 s",
      ],
      ["--replay <file>", "send at the times of this file, one a line: milliseconds or ISO 8601"],
      ["--precise-timing", "spin instead of sleeping before a request is due; keeps a core busy"],
    ]),
    ...["--clients <number>", "--concurrent <number>"].map((flag) =>
      new Option(flag, "another name of --users").helpGroup(heading).hideHelp(),
    ),
  ];
}
