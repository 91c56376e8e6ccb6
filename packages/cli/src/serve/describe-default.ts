import { serveOptions } from "./serve-options.ts";
import type { ServeOptionName } from "./serve-settings.ts";

/** What an option is where nobody says, as it is written; undefined where nothing stands for that. */
export function describeDefault(name: ServeOptionName): string | undefined {
  const { absent } = serveOptions[name];
  if (typeof absent === "string") return absent;
  return Array.isArray(absent) && absent.length > 0 ? absent.join(",") : undefined;
}
