import type { ServeOptionName, ServeSettings } from "../serve/serve-settings.ts";

/** How an option may be written in a file: numbers and durations also as the flag takes them. */
type Written<Value> = Value extends boolean
  ? boolean
  : Value extends number
    ? number | string
    : Value extends readonly (infer Item)[]
      ? Item | readonly Item[]
      : Value;

/** What a `weir.config.ts` holds. Durations are texts: `"30s"`. */
export interface WeirConfig {
  /** The options of `weir serve`; a flag or an environment variable beats them. */
  readonly serve?: { readonly [Name in ServeOptionName]?: Written<ServeSettings[Name]> };
  /** Flags of the commands that measure, by their names in camel case; each command takes those that it has. */
  readonly measure?: MeasuringFlags;
  /** Flags of one command, which beat those of `measure`. */
  readonly run?: MeasuringFlags;
  readonly sweep?: MeasuringFlags;
  readonly capacity?: MeasuringFlags;
  readonly compare?: MeasuringFlags;
  readonly calibrate?: MeasuringFlags;
  readonly check?: MeasuringFlags;
}

/** Flags by their names in camel case: `--text-size 500` is `textSize: 500`. A flag that is repeated is a list. */
export type MeasuringFlags = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** Gives the configuration back as it is: for its type, in editors and in `tsc`. */
export function defineConfig(config: WeirConfig): WeirConfig {
  return config;
}
