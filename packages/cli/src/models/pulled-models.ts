import { readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defaultRevision, type HubName } from "./hub-name.ts";

/** Written last; says what a pulled folder holds and where it came from. */
const manifestName = "weir-pull.json";

/** What is known of a pulled model. */
export interface PullManifest {
  /** As the hub calls it. */
  readonly repository: string;
  /** Other names that it was asked for by, and its own. */
  readonly names: readonly string[];
  readonly endpoint: string;
  /** What it was when it was pulled: a branch may have moved on since. */
  readonly revisions: readonly string[];
  readonly commit: string;
  /** The precision that was chosen, or a file's name. */
  readonly variant: string;
  /** The weights' file in the repository. */
  readonly weights: string;
  /** ISO 8601. */
  readonly pulledAt: string;
  readonly files: readonly PulledFile[];
}

export interface PulledFile {
  /** In the folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  /** `sha256:HEX` or `git-sha1:HEX`; null where the hub named none. */
  readonly digest: string | null;
}

export interface PulledModel {
  readonly path: string;
  readonly manifest: PullManifest;
}

/**
 * The folder of a model at a commit, below the folder that models are kept in. A commit never changes: what was pulled is
 * never replaced below a server that has it open, and stored vectors keep the model that made them.
 */
export function toFolderName(repository: string, commit: string, variant: string): string {
  const suffix = variant === "fp32" ? "" : `+${variant}`;
  return `${repository.replace("/", "--")}@${commit.slice(0, 12)}${suffix}`;
}

/** What is at a folder; undefined where it is no pulled model, or a file of it is missing or has another size. */
export async function readPulledModel(path: string): Promise<PulledModel | undefined> {
  const text = await readFile(join(path, manifestName), "utf8").catch(() => undefined);
  const manifest = text === undefined ? undefined : parseManifest(text);
  if (manifest === undefined) return undefined;
  for (const { path: file, bytes } of manifest.files) {
    const found = await stat(join(path, ...file.split("/"))).catch(() => undefined);
    if (found?.size !== bytes) return undefined;
  }
  return { path, manifest };
}

export async function writeManifest(path: string, manifest: PullManifest): Promise<void> {
  const place = join(path, manifestName);
  await writeFile(`${place}.new`, `${JSON.stringify(manifest, undefined, 2)}\n`);
  await rename(`${place}.new`, place);
}

/** Everything that was pulled, the latest first. */
export async function listPulledModels(modelsDirectory: string): Promise<PulledModel[]> {
  const entries = await readdir(modelsDirectory).catch(() => []);
  const folders = entries.filter((entry) => entry.includes("@") && !entry.startsWith("."));
  const found = await Promise.all(folders.map((entry) => readPulledModel(join(modelsDirectory, entry))));
  return found
    .filter((model) => model !== undefined)
    .toSorted((a, b) => (a.manifest.pulledAt < b.manifest.pulledAt ? 1 : -1));
}

/**
 * The pulled model of a name: of the revision, or of `main` where none is said, what was pulled last; in float32 where it
 * is there in several precisions.
 */
export function findPulledModel(
  pulled: readonly PulledModel[],
  { repository, revision = defaultRevision }: HubName,
): PulledModel | undefined {
  const same = pulled.filter(({ manifest }) => isNamed(manifest, repository));
  const latest = same.find(({ manifest }) => isAt(manifest, revision));
  const fitting = same.filter(({ manifest }) => manifest.commit === latest?.manifest.commit);
  return fitting.find(({ manifest }) => manifest.variant === "fp32") ?? latest;
}

/** The hub compares names without case. */
function isNamed({ names }: PullManifest, repository: string): boolean {
  return names.some((name) => name.toLowerCase() === repository.toLowerCase());
}

function isAt({ revisions, commit }: PullManifest, revision: string): boolean {
  return revisions.includes(revision) || (/^[0-9a-f]{7,}$/.test(revision) && commit.startsWith(revision));
}

function parseManifest(text: string): PullManifest | undefined {
  try {
    const value = JSON.parse(text) as Partial<PullManifest> | null;
    const texts = [value?.repository, value?.commit, value?.variant, value?.pulledAt, value?.weights];
    const lists = [value?.names, value?.revisions, value?.files];
    const isWhole =
      texts.every((part) => typeof part === "string") && lists.every((part) => Array.isArray(part));
    return isWhole ? (value as PullManifest) : undefined;
  } catch {
    return undefined;
  }
}
