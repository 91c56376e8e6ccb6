import { WeirError } from "@weir/protocol";
import type { CommandContext } from "../../command-context.ts";
import { FlagReader } from "../../flags/flag-reader.ts";
import { resolveHubName, type HubName } from "../hub-name.ts";
import { askedPrecisions, type WantedWeights } from "./choose-weights.ts";
import { defaultPullTerms, type PullTerms } from "./pull-terms.ts";

/** The flags of `weir models pull` as they were written. */
export interface PullFlags {
  readonly revision?: string;
  readonly precision?: string;
  readonly file?: string;
  readonly endpoint?: string;
  readonly connections?: string;
  readonly timeout?: string;
  readonly retries?: string;
  readonly json?: true;
}

export interface ResolvedPullOptions {
  readonly name: HubName;
  readonly wanted: WantedWeights;
  readonly endpoint: URL;
  readonly token: string | undefined;
  readonly terms: PullTerms;
}

export const defaultEndpoint = "https://huggingface.co";

/** Every problem in one USAGE error. */
export function resolvePullOptions(
  name: string,
  flags: PullFlags,
  env: CommandContext["env"],
): ResolvedPullOptions {
  const reader = new FlagReader();
  const hubName = reader.attempt(() => resolveHubName(name, flags.revision));
  const precision =
    flags.precision === undefined
      ? undefined
      : reader.oneOf("precision", flags.precision, askedPrecisions, "fp32");
  if (flags.file !== undefined && precision !== undefined)
    reader.note(
      "--file: expected it without --precision, got both. A file has its precision: leave one out.",
    );
  const endpoint = reader.attempt(() => resolveEndpoint(flags.endpoint, env));
  const terms: PullTerms = {
    ...defaultPullTerms,
    connections: reader.whole("connections", flags.connections, {
      least: 1,
      most: 32,
      absent: defaultPullTerms.connections,
    }),
    stallMs: reader.duration("timeout", flags.timeout, { leastMs: 1, absent: defaultPullTerms.stallMs }),
    attempts:
      1 +
      reader.whole("retries", flags.retries, {
        least: 0,
        most: 1_000,
        absent: defaultPullTerms.attempts - 1,
      }),
  };
  const token = env["HF_TOKEN"]?.trim();
  // What is no token at all is never shown, as it may be part of one.
  if (token !== undefined && /[^\x21-\x7e]/.test(token))
    reader.note(
      "HF_TOKEN: expected a token as the hub shows it, got something with spaces or other characters.",
    );
  reader.end();
  return {
    name: hubName!,
    wanted: { precision, file: flags.file, arch: process.arch },
    endpoint: endpoint!,
    token: token === "" ? undefined : token,
    terms,
  };
}

function resolveEndpoint(flag: string | undefined, env: CommandContext["env"]): URL {
  const written = flag ?? (env["HF_ENDPOINT"] || defaultEndpoint);
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "") {
    url.search = "";
    url.hash = "";
    return url;
  }
  const name = flag === undefined ? "HF_ENDPOINT" : "--endpoint";
  const got =
    url === undefined
      ? JSON.stringify(written)
      : `a URL with ${/^https?:$/.test(url.protocol) ? "a password, which HF_TOKEN is for" : url.protocol}`;
  throw new WeirError("USAGE", `${name}: expected a hub as http(s)://HOST, got ${got}.`);
}
