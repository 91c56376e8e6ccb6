import type { Device } from "@weir/engine";
import type { LogLevel } from "@weir/server";

import type { ChatSettings } from "./chat-options.ts";
import type { UpstreamSettings } from "./upstream-options.ts";

export type LogFormat = "auto" | "json" | "pretty";

/** What `weir serve` can be told. Durations in milliseconds, whatever their names. */
export interface ServeSettings extends ChatSettings, UpstreamSettings {
  readonly model: readonly string[];
  readonly alias: readonly string[];
  readonly replicas: number | "auto";
  readonly threads: number | "auto";
  readonly device: Device;
  readonly precision: readonly string[];
  readonly minAgreement: number;
  readonly startTimeout: number;
  readonly keepAlive: number;
  readonly maxRss: number | "auto";
  readonly recycleJobs: number;
  readonly recycleAge: number;
  readonly remoteKeyEnv: readonly string[];
  readonly remoteTimeout: number;
  readonly remoteSlots: number;

  readonly host: string;
  readonly port: number;
  readonly unixSocket: string | undefined;
  readonly drainTimeout: number;

  readonly maxJobs: number;
  readonly maxCost: number;
  readonly maxInputs: number;
  readonly bodyLimit: number;
  readonly heldLimit: number;
  readonly requestTimeout: number;
  readonly receiveTimeout: number;
  readonly sendTimeout: number;

  readonly cacheRam: number;
  readonly cacheDisk: number | "auto";
  readonly cacheDir: string | undefined;

  readonly apiKeys: string | undefined;
  readonly insecureNoAuth: boolean;
  readonly allowOrigin: readonly string[];
  readonly allowHost: readonly string[];
  readonly allowRoot: readonly string[];

  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly slow: readonly string[];
}

export type ServeOptionName = keyof ServeSettings;
