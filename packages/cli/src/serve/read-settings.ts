import type { OptionKind } from "./option-kinds.ts";
import { serveOptionNames, serveOptions, toFlag, toVariable } from "./serve-options.ts";
import type { ServeOptionName, ServeSettings } from "./serve-settings.ts";

/** Where options come from, the strongest first. */
export interface SettingSources {
  /** Flags as they were written, by option name. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** The environment. A variable that is empty counts as absent. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The `serve` section of the configuration file. */
  readonly file?: { readonly name: string; readonly values: Readonly<Record<string, unknown>> } | undefined;
}

export interface ReadSettings {
  readonly settings: ServeSettings;
  /** Where each option came from, as messages name it: `--port`, `WEIR_PORT`, `serve.port in weir.config.ts`. */
  readonly places: Readonly<Record<ServeOptionName, string>>;
  /** What is wrong, one sentence each. The option then has its default, so that the rest can be checked too. */
  readonly problems: readonly string[];
}

/** A flag beats the variable, which beats the file, which beats the default. Lists replace each other as a whole. */
export function readSettings(sources: SettingSources): ReadSettings {
  const problems: string[] = [];
  const settings: Partial<Record<ServeOptionName, unknown>> = {};
  const places = {} as Record<ServeOptionName, string>;
  for (const name of serveOptionNames) {
    const { kind, absent } = serveOptions[name];
    const { place, written } = findWritten(name, sources);
    places[name] = place;
    const value = written === undefined ? undefined : kind.read(written);
    if (written !== undefined && value === undefined) {
      problems.push(
        `${place}: expected ${kind.expected}, got ${describeWrong(kind, written)}.${hintFor(kind.placeholder, written)}`,
      );
    }
    settings[name] = value ?? (absent === undefined ? undefined : kind.read(absent));
  }
  const { file } = sources;
  if (file !== undefined) problems.push(...findUnknown(file));
  return { settings: settings as unknown as ServeSettings, places, problems };
}

function findWritten(
  name: ServeOptionName,
  { flags, env, file }: SettingSources,
): { place: string; written: unknown } {
  if (flags[name] !== undefined) return { place: toFlag(name), written: flags[name] };
  const variable = env?.[toVariable(name)];
  if (variable !== undefined && variable !== "") {
    const written = serveOptions[name].kind.list ? variable.split(",").map((part) => part.trim()) : variable;
    return { place: toVariable(name), written };
  }
  const value = file?.values[name];
  if (file !== undefined && value !== undefined)
    return { place: `serve.${name} in ${file.name}`, written: value };
  return { place: toFlag(name), written: undefined };
}

/** Of a list, what is wrong in it. */
function describeWrong(kind: OptionKind<unknown>, written: unknown): string {
  const parts = Array.isArray(written) && written.length > 0 ? (written as readonly unknown[]) : [written];
  return parts
    .filter((part) => kind.read(part) === undefined)
    .map((part) => JSON.stringify(part))
    .join(" and ");
}

function hintFor(placeholder: string | undefined, written: unknown): string {
  const bare = placeholder === "time" && /^\d+(\.\d+)?$/.test(String(written));
  return bare ? ` Say ${String(written)}s for seconds.` : "";
}

/** Keys of the file that are no option: a misspelt limit would be no limit. */
function findUnknown({ name, values }: NonNullable<SettingSources["file"]>): string[] {
  return Object.keys(values)
    .filter((key) => !(key in serveOptions))
    .map((key) => {
      const plain = (text: string): string => text.replaceAll(/[-_]/g, "").toLowerCase();
      const meant = serveOptionNames.find((known) => plain(known) === plain(key));
      const next = meant === undefined ? "weir serve --help lists the options." : `Write it ${meant}.`;
      return `serve.${key} in ${name}: expected the name of an option, got one that there is not. ${next}`;
    });
}
