/** What a preset sets. Every option that is given beside it wins. */
export interface ClientPreset {
  readonly batchSize: number;
  readonly textSizeLimit: number;
  readonly timeoutMs: number;
}

export type ClientPresetName = "throughput" | "interactive" | "large";

/** Starting points for three kinds of work. */
export const clientPresets: Readonly<Record<ClientPresetName, ClientPreset>> = Object.freeze({
  /** Many short texts: large requests, and time for them to wait behind others. */
  throughput: Object.freeze({ batchSize: 64, textSizeLimit: 1_000, timeoutMs: 60_000 }),
  /** Somebody is waiting: small requests that fail early. */
  interactive: Object.freeze({ batchSize: 10, textSizeLimit: 1_000, timeoutMs: 5_000 }),
  /** Long texts. */
  large: Object.freeze({ batchSize: 32, textSizeLimit: 10_000, timeoutMs: 60_000 }),
});
