import { mkdir, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { toWeirError, WeirError } from "@weir/protocol";
import { defaultRevision, type HubName } from "../hub-name.ts";
import {
  readPulledModel,
  toFolderName,
  writeManifest,
  type PulledFile,
  type PulledModel,
} from "../pulled-models.ts";
import { chooseFiles, findBase, parseModules, placeBeside, type ChosenFile } from "./choose-files.ts";
import { chooseWeights, listWeights, type WantedWeights, type WeightFile } from "./choose-weights.ts";
import { downloadFile } from "./download-file.ts";
import { createDigest } from "./file-digest.ts";
import { HubClient } from "./hub-client.ts";
import { isInside, readRepository, type HubRepository } from "./hub-repository.ts";
import { runBounded } from "./run-bounded.ts";
import type { PullTerms } from "./pull-terms.ts";
import { checkRoom, openStagingFolder, removeStale, toCacheError } from "./staging-folder.ts";

export interface PullOptions {
  readonly name: HubName;
  readonly wanted: WantedWeights;
  readonly endpoint: URL;
  readonly token: string | undefined;
  readonly version: string;
  /** Where models are kept. */
  readonly modelsDirectory: string;
  readonly terms: PullTerms;
  readonly signal: AbortSignal;
  /** What an engine says of files: the names a graph has for weights beside it, and what is wrong with a folder. */
  readonly engine: {
    readonly readExternalFiles: (path: string) => Promise<readonly string[]>;
    readonly checkModelFolder: (path: string) => Promise<void>;
  };
  readonly events: PullEvents;
}

export interface PullEvents {
  /** Before the first file; again where the weights name more files. */
  readonly onPlan: (plan: PullPlan) => void;
  /** `haveBytes` of a file are there, of which `receivedBytes` have come since the last call for it. */
  readonly onBytes: (path: string, haveBytes: number, receivedBytes: number) => void;
  readonly onRetry: (reason: string) => void;
}

export interface PullPlan {
  readonly repository: string;
  readonly revision: string;
  readonly commit: string;
  readonly weights: WeightFile;
  readonly files: number;
  readonly bytes: number;
}

export interface Pulled extends PulledModel {
  readonly revision: string;
  /** Whether it was there, whole. */
  readonly already: boolean;
  /** What the engine cannot do with it. */
  readonly problem: string | undefined;
}

/**
 * Brings a model's files here, checked against the hub's hashes, and gives their folder. A folder that is there is whole:
 * files gather beside it. Throws HUB_UNREACHABLE, HUB_REFUSED, DOWNLOAD_DAMAGED, CACHE_UNUSABLE, USAGE, and the signal's
 * reason; what has come is then kept for the next time.
 */
export async function pullModel(options: PullOptions): Promise<Pulled> {
  const { name, modelsDirectory, wanted, events } = options;
  const revision = name.revision ?? defaultRevision;
  // One file that cannot be had ends the others: they would only be waited for.
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const client = new HubClient({ ...options, signal });
  const found = await readRepository(client, name.repository, revision);
  const { repository, commit } = found;
  const subject = { repository, revision };
  const modules = parseModules(await readSmall(client, found, "modules.json", subject));
  const weights = chooseWeights(listWeights(found.files, findBase(modules)), wanted, repository);
  const chosen = chooseFiles(found.files, modules, weights, repository);
  const variant = wanted.file === undefined ? weights.precision : posix.basename(weights.file.path, ".onnx");
  const folder = toFolderName(repository, commit, variant);
  const path = join(modelsDirectory, folder);
  try {
    const there = await readPulledModel(path);
    if (there !== undefined) {
      const pulled = await noteAgain(there, name.repository, revision);
      return { ...pulled, revision, already: true, problem: await findProblem(options, path) };
    }
    await mkdir(modelsDirectory, { recursive: true });
    await using staging = await openStagingFolder(modelsDirectory, folder);
    const fetchAll = (files: readonly ChosenFile[], all: readonly ChosenFile[]): Promise<PulledFile[]> => {
      const bytes = all.reduce((sum, { file }) => sum + file.bytes, 0);
      events.onPlan({ repository, revision, commit, weights, files: all.length, bytes });
      return fetchFiles({ files, client, found, revision, staging: staging.path, options, failed });
    };
    const files = await fetchAll(chosen, chosen);
    const { locations, problem } = await readLocations(options, staging.path, chosen[0]!);
    const more = findMissing(locations, chosen, weights, found);
    if (more.length > 0) files.push(...(await fetchAll(more, [...chosen, ...more])));
    const manifest = {
      repository,
      names: [...new Set([repository, name.repository])],
      endpoint: options.endpoint.href,
      revisions: [revision],
      commit,
      variant,
      weights: weights.file.path,
      pulledAt: new Date().toISOString(),
      files,
    };
    await writeManifest(staging.path, manifest);
    await staging.moveTo(path);
    await removeStale(modelsDirectory);
    return {
      path,
      manifest,
      revision,
      already: false,
      problem: problem ?? (await findProblem(options, path)),
    };
  } catch (error) {
    throw toCacheError(error, modelsDirectory);
  }
}

async function fetchFiles(fetching: {
  readonly files: readonly ChosenFile[];
  readonly client: HubClient;
  readonly found: HubRepository;
  readonly revision: string;
  readonly staging: string;
  readonly options: PullOptions;
  readonly failed: AbortController;
}): Promise<PulledFile[]> {
  const { files, client, found, revision, staging, options, failed } = fetching;
  const { terms, events } = options;
  await checkRoom(staging, await countMissing(files, staging));
  // The largest first: the small ones come beside it.
  const ordered = files.toSorted((a, b) => b.file.bytes - a.file.bytes);
  const onFailure = (error: unknown): void => failed.abort(error);
  return runBounded(ordered, { most: terms.connections, onFailure }, async ({ file, target }) => {
    const digest = await downloadFile({
      client,
      request: {
        address: toResolveAddress(found, file.path),
        subject: { repository: found.repository, revision, path: file.path },
      },
      file,
      target: join(staging, ...target.split("/")),
      onBytes: (have, received) => events.onBytes(file.path, have, received),
      onRetry: events.onRetry,
    });
    return {
      path: target,
      bytes: file.bytes,
      digest: digest === undefined ? null : `${digest.kind}:${digest.hex}`,
    };
  });
}

/** Bytes that are not in the folder yet. */
async function countMissing(files: readonly ChosenFile[], staging: string): Promise<number> {
  let bytes = 0;
  for (const { file, target } of files) {
    const path = join(staging, ...target.split("/"));
    const sizes = await Promise.all([path, `${path}.partial`].map((at) => stat(at).catch(() => undefined)));
    bytes += Math.max(0, file.bytes - Math.max(0, ...sizes.map((found) => found?.size ?? 0)));
  }
  return bytes;
}

/** Where the weights say that parts of them are. A file that is no ONNX says nothing. */
async function readLocations(
  { engine }: PullOptions,
  staging: string,
  { target }: ChosenFile,
): Promise<{ readonly locations: readonly string[]; readonly problem?: string }> {
  try {
    return { locations: await engine.readExternalFiles(join(staging, ...target.split("/"))) };
  } catch (error) {
    return { locations: [], problem: `${target} cannot be read as ONNX (${toWeirError(error).message})` };
  }
}

/** Files that the weights name and that their names did not give away. */
function findMissing(
  locations: readonly string[],
  chosen: readonly ChosenFile[],
  weights: WeightFile,
  { files, repository }: HubRepository,
): ChosenFile[] {
  const folder = posix.dirname(weights.file.path);
  const targets = new Set(chosen.map((file) => file.target));
  const more: ChosenFile[] = [];
  for (const location of locations) {
    const path = posix.join(folder, location);
    const file = isInside(posix.normalize(location))
      ? files.find((listed) => listed.path === path)
      : undefined;
    if (file === undefined) {
      const message = `${repository}: expected the file ${JSON.stringify(location)} that ${weights.file.path} keeps weights in, got none. The model is not whole on the hub.`;
      throw new WeirError("HUB_REFUSED", message);
    }
    const place = placeBeside(path, weights.file.path, chosen[0]!.target);
    if (!targets.has(place)) more.push({ file, target: place });
  }
  return more;
}

async function readSmall(
  client: HubClient,
  found: HubRepository,
  path: string,
  subject: { readonly repository: string; readonly revision: string },
): Promise<string | undefined> {
  const file = found.files.find((listed) => listed.path === path);
  if (file === undefined) return undefined;
  const { bytes } = await client.read({
    address: toResolveAddress(found, path),
    subject: { ...subject, path },
  });
  const { digest } = file;
  if (
    digest !== undefined &&
    createDigest(digest.kind, file.bytes).update(bytes).digest("hex") !== digest.hex
  )
    throw new WeirError(
      "DOWNLOAD_DAMAGED",
      `${path}: expected the ${digest.kind} ${digest.hex.slice(0, 12)}..., got another.`,
    );
  return bytes.toString("utf8");
}

function toResolveAddress({ repository, commit }: HubRepository, path: string): string {
  return `${repository}/resolve/${commit}/${path.split("/").map(encodeURIComponent).join("/")}`;
}

/** The same commit under another name or revision, or once more: what was pulled last counts. */
async function noteAgain(
  { path, manifest }: PulledModel,
  name: string,
  revision: string,
): Promise<PulledModel> {
  const again = {
    ...manifest,
    names: [...new Set([...manifest.names, name])],
    revisions: [...new Set([...manifest.revisions, revision])],
    pulledAt: new Date().toISOString(),
  };
  await writeManifest(path, again);
  return { path, manifest: again };
}

/** What the engine says of the folder. The files are right, so this is no reason to throw them away. */
async function findProblem({ engine }: PullOptions, path: string): Promise<string | undefined> {
  try {
    await engine.checkModelFolder(path);
    return undefined;
  } catch (error) {
    return toWeirError(error).message;
  }
}
