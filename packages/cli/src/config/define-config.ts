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
}

/** Gives the configuration back as it is: for its type, in editors and in `tsc`. */
export function defineConfig(config: WeirConfig): WeirConfig {
  return config;
}
