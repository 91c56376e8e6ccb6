import type { FlagReader } from "../../flags/flag-reader.ts";
import type { RunFlags } from "../run-flags.ts";
import { parseRamp } from "../schedule-values.ts";
import { presets, type Preset } from "./presets.ts";

type FlagName = keyof RunFlags;

const levels: readonly FlagName[] = ["users", "clients", "concurrent", "rate", "ramp", "replay"];

/** What takes a flag of a preset out beside the flag itself: it would contradict it, or say the same. */
const replacedBy: Partial<Readonly<Record<FlagName, readonly FlagName[]>>> = {
  users: levels,
  ramp: levels,
  spike: ["rate", "replay"],
  pace: ["rate", "replay"],
  overrun: ["rate", "replay"],
  duration: ["requests"],
  requests: ["duration"],
  inputTokens: ["prompts"],
};

const chatKinds: ReadonlySet<string> = new Set(["chat", "tools", "conversation"]);
const ofChat: ReadonlySet<string> = new Set(["workload", "inputTokens", "outputTokens", "temperature"]);

export interface PresetOutcome {
  readonly flags: RunFlags;
  readonly preset: Preset | undefined;
}

/**
 * Fills in what the preset says and the flags do not. An unknown preset is noted.
 * @param kind the workload that was named or that the flags stand for: with another than chat, nothing of a preset's
 * chat is taken
 */
export function applyPreset(flags: RunFlags, kind: string | undefined, read: FlagReader): PresetOutcome {
  if (flags.preset === undefined) return { flags, preset: undefined };
  const preset = presets.find(({ name }) => name === flags.preset);
  if (preset === undefined) {
    const names = presets.map(({ name }) => name).join(", ");
    read.note(
      `--preset: expected ${names}, got ${JSON.stringify(flags.preset)}. weir run --list-presets describes them.`,
    );
    return { flags, preset };
  }
  const filled: Record<string, unknown> = { ...flags };
  const another = kind !== undefined && !chatKinds.has(kind);
  for (const [name, value] of Object.entries(preset.flags) as [FlagName, string][])
    if (!(another && ofChat.has(name)) && !isDecided(name, flags)) filled[name] = value;
  return { flags: filled, preset };
}

function isDecided(name: FlagName, flags: RunFlags): boolean {
  // A ramp of rates takes out what a rate does.
  if (replacedBy[name]?.includes("rate") === true && parseRamp(flags.ramp ?? "")?.ofRate === true)
    return true;
  return [name, ...(replacedBy[name] ?? [])].some((other) => flags[other] !== undefined);
}
