import { formatDuration } from "@weir/lab";
import { WeirError } from "@weir/protocol";
import type { CommandContext } from "../../command-context.ts";
import { createPaint } from "../../console/paint.ts";
import { importEmbeddingEngine } from "../../engine-packages.ts";
import type { HubName } from "../hub-name.ts";
import { resolveModelCache } from "../locate-model.ts";
import { findPulledModel, listPulledModels } from "../pulled-models.ts";
import { toOfflineError } from "./describe-offline.ts";
import { pullModel, type Pulled } from "./pull-model.ts";
import { createPullProgress, formatBytes, type PullProgress } from "./pull-progress.ts";
import { resolvePullOptions, type PullFlags } from "./resolve-pull-options.ts";

/** The folder alone goes to stdout, so that a script can take it from there; with `--json` what was pulled does. */
export async function pull(text: string, flags: PullFlags, context: CommandContext): Promise<void> {
  const { env, stdout, stderr, signal, version } = context;
  const engine = await importEmbeddingEngine();
  if (engine.isReferenceModelName(text)) {
    const message = `expected a model of a hub as ORG/NAME, got ${text}, which is built here. Run: weir models build ${text}`;
    throw new WeirError("USAGE", message);
  }
  const options = resolvePullOptions(text, flags, env);
  const { name, endpoint } = options;
  const modelsDirectory = resolveModelCache(context);
  const progress = createPullProgress(stderr, createPaint(stderr, env), () => performance.now());
  try {
    if (/^(1|true|yes|on)$/i.test(env["HF_HUB_OFFLINE"] ?? ""))
      throw new WeirError("HUB_UNREACHABLE", "HF_HUB_OFFLINE says that there is no network.");
    const pulled = await pullModel({
      ...options,
      modelsDirectory,
      version,
      signal,
      engine,
      events: progress,
    });
    progress.end();
    stderr.write(describePulled(pulled, name, progress));
    stdout.write(
      flags.json === true
        ? `${JSON.stringify(toReport(pulled, progress), undefined, 2)}\n`
        : `${pulled.path}\n`,
    );
  } catch (error) {
    progress.end();
    if (signal.aborted)
      stderr.write("stopped; what has come is kept, and the same command goes on from there\n");
    if (signal.aborted || !(error instanceof WeirError) || error.code !== "HUB_UNREACHABLE") throw error;
    // Where something came, the network is there: the message of the file says what happened to it.
    if (progress.received().bytes > 0) throw error;
    const present = findPulledModel(await listPulledModels(modelsDirectory), name);
    throw toOfflineError(error, name, endpoint, env, present?.path);
  }
}

function describePulled(pulled: Pulled, asked: HubName, progress: PullProgress): string {
  const { manifest, already, problem, revision } = pulled;
  const { bytes, durationMs } = progress.received();
  const checked = manifest.files.every(({ digest }) => digest !== null)
    ? "every hash is right"
    : "the hub names no hash for some of them, whose size alone was checked";
  const what = already
    ? `${manifest.repository} at ${manifest.commit.slice(0, 12)} is already here`
    : `pulled ${formatBytes(bytes)} in ${formatDuration(durationMs)}; ${checked}`;
  const name =
    revision === "main" && asked.revision === undefined
      ? asked.repository
      : `${asked.repository}@${revision}`;
  const next =
    problem === undefined
      ? `serve it with: weir serve --model ${name}`
      : `this version of Weir cannot serve it: ${problem}`;
  return `${what}\n${next}\n`;
}

function toReport({ path, manifest, already, problem, revision }: Pulled, progress: PullProgress): object {
  const { bytes, durationMs } = progress.received();
  return {
    path,
    revision,
    already,
    receivedBytes: bytes,
    durationMs: Math.round(durationMs),
    problem: problem ?? null,
    ...manifest,
  };
}
