import { statSync } from "node:fs";
import { WeirError } from "@weir/protocol";
import type { ClientOptions } from "../client-options.ts";
import { describeUnknownOptions } from "../unknown-options.ts";
import { chooseSocketPath } from "../platform/socket-path.ts";
import type { RestartBudget } from "./restart-budget.ts";
import { locateWeirCommand } from "./weir-command.ts";

/** What happens to a sidecar, for logs. Lines carry no line end. */
export type SidecarEvent =
  | { readonly kind: "starting"; readonly pid: number | undefined }
  | {
      readonly kind: "ready";
      readonly pid: number | undefined;
      readonly url: string;
      readonly startMs: number;
    }
  | { readonly kind: "output"; readonly stream: "stdout" | "stderr"; readonly line: string }
  | { readonly kind: "ended"; readonly reason: string; readonly restartInMs: number }
  /** The restart budget is used up. Nothing happens after this. */
  | { readonly kind: "given-up"; readonly error: WeirError }
  | { readonly kind: "closed" };

export interface SidecarOptions {
  /** What `weir serve --model` takes: PATH, NAME=PATH or a reference model's name; several for several models. */
  readonly model: string | readonly string[];
  /**
   * Listen on a Unix socket (a named pipe on Windows) instead of a port of 127.0.0.1: no port to guess, and no other
   * user of the machine can connect. `true` chooses a path, a text is one. @default false
   */
  readonly socket?: boolean | string;
  /** More flags of `weir serve`, e.g. `["--threads", "2"]`. Where it listens is the launcher's own. @default none */
  readonly args?: readonly string[];
  /** Environment variables beside those of this process. @default none */
  readonly env?: Readonly<Record<string, string>>;
  /** Path of the command's file, `.../@weir/cli/bin/weir.js`. @default that of the installed package */
  readonly command?: string;
  /** Flags of Node itself. @default none */
  readonly execArgv?: readonly string[];
  /** Options of `sidecar.client`. @default those of createClient */
  readonly client?: Omit<ClientOptions, "url">;
  /**
   * From start to ready; from the last sign of them while weights of another precision are made, which takes minutes once.
   * Signs are log lines of the level info: with `--log-level warn` that time counts. Raise it for models that load slowly.
   * Above 0. @default 120_000
   */
  readonly startTimeoutMs?: number;
  /** How long work under way may take when the sidecar is closed. At least 0. @default 5_000 */
  readonly closeTimeoutMs?: number;
  /** Restarts after a crash, once it was ready. @default { most: 5, withinMs: 60_000 } */
  readonly restarts?: RestartBudget;
  /** Called with everything worth a line in a log. Must not throw. @default nothing */
  readonly onEvent?: (event: SidecarEvent) => void;
  /** Gives up a launch that is under way. The sidecar, once it is there, is ended by closing it. */
  readonly signal?: AbortSignal;
}

/** Where the server is to listen. */
export type SidecarPlace =
  | { readonly kind: "port"; readonly port: number }
  | { readonly kind: "socket"; readonly path: string };

export interface ResolvedSidecarOptions {
  readonly command: string;
  readonly execArgv: readonly string[];
  /** Of `weir serve`, without where it listens. */
  readonly serveArgs: readonly string[];
  readonly place: SidecarPlace;
  readonly env: Readonly<Record<string, string>>;
  readonly startTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly restarts: RestartBudget;
  readonly onEvent: (event: SidecarEvent) => void;
}

const optionNames: Readonly<Record<keyof SidecarOptions, true>> = {
  model: true,
  socket: true,
  args: true,
  env: true,
  command: true,
  execArgv: true,
  client: true,
  startTimeoutMs: true,
  closeTimeoutMs: true,
  restarts: true,
  onEvent: true,
  signal: true,
};

/** Throws USAGE with every problem in one message, or ENGINE_MISSING where there is no command to start. */
export function resolveSidecarOptions(options: SidecarOptions): ResolvedSidecarOptions {
  const problems: string[] = [];
  const models = typeof options.model === "string" ? [options.model] : (options.model ?? []);
  if (models.length === 0 || models.includes("")) {
    problems.push(
      `model: expected a folder or a reference model's name, got ${JSON.stringify(options.model)}`,
    );
  }
  const startTimeoutMs = options.startTimeoutMs ?? 120_000;
  const closeTimeoutMs = options.closeTimeoutMs ?? 5_000;
  const restarts = options.restarts ?? { most: 5, withinMs: 60_000 };
  const longest = 2 ** 31 - 1;
  if (!(startTimeoutMs > 0 && startTimeoutMs <= longest)) {
    problems.push(`startTimeoutMs: expected milliseconds above 0 and below 2^31, got ${startTimeoutMs}`);
  }
  if (!(closeTimeoutMs >= 0 && closeTimeoutMs <= longest)) {
    problems.push(`closeTimeoutMs: expected milliseconds from 0 and below 2^31, got ${closeTimeoutMs}`);
  }
  if (!Number.isInteger(restarts.most) || restarts.most < 0 || !(restarts.withinMs > 0)) {
    const expected = "{ most: a whole number of at least 0, withinMs: above 0 }";
    problems.push(`restarts: expected ${expected}, got ${JSON.stringify(restarts)}`);
  }
  const { socket = false } = options;
  if (socket === "" || (typeof socket !== "boolean" && typeof socket !== "string")) {
    problems.push(`socket: expected true or a path, got ${JSON.stringify(socket)}`);
  }
  const { command } = options;
  if (command !== undefined) problems.push(...checkCommand(command));
  problems.push(...describeUnknownOptions(options, optionNames));
  if (problems.length > 0) {
    throw new WeirError("USAGE", `the sidecar's options are wrong. ${problems.join("; ")}.`);
  }
  return Object.freeze({
    command: command ?? locateWeirCommand(),
    execArgv: options.execArgv ?? [],
    serveArgs: ["serve", ...models.flatMap((model) => ["--model", model]), ...(options.args ?? [])],
    place: toPlace(socket),
    env: options.env ?? {},
    startTimeoutMs,
    closeTimeoutMs,
    restarts,
    onEvent: options.onEvent ?? (() => {}),
  });
}

/** Node would say it too, in a process that ends with twenty lines about its own loader. */
function checkCommand(command: unknown): string[] {
  const got =
    typeof command !== "string"
      ? typeof command
      : (statSync(command, { throwIfNoEntry: false })?.isFile() ?? false)
        ? undefined
        : `${JSON.stringify(command)}, which is no such file`;
  return got === undefined ? [] : [`command: expected the path of @weir/cli/bin/weir.js, got ${got}`];
}

function toPlace(socket: boolean | string): SidecarPlace {
  if (socket === false) return { kind: "port", port: 0 };
  return { kind: "socket", path: socket === true ? chooseSocketPath() : socket };
}
