import { realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { WeirError } from "@weir/protocol";
import type { AnswerCacheOptions } from "./answer-cache/answer-cache.ts";
import { checkCacheFolder } from "./cache/check-cache-folder.ts";
import type { CacheOptions } from "./cache/embedding-cache.ts";
import { describeAliasProblems, withoutLatest } from "./models/alias-problems.ts";
import { checkSocketFolder } from "./platform/unix-socket.ts";
import { readKeysFile } from "./security/keys-file.ts";
import { assertKeysWhereReached, type SecurityOptions } from "./security/security.ts";
import { parseAllowedHosts, parseAllowedOrigins } from "./security/web-origin.ts";

/** What of a server's options can be wrong before anything is loaded or listened on. */
export interface CheckedOptions {
  /** `chat` or `upstream` is there where it is known to be a chat model. */
  readonly models: readonly { readonly name: string; readonly chat?: unknown; readonly upstream?: unknown }[];
  readonly aliases?: Readonly<Record<string, string>>;
  readonly allowRoots?: readonly string[];
  readonly security?: SecurityOptions;
  readonly host?: string;
  readonly unixSocket?: string;
  readonly cache?: CacheOptions;
  readonly answerCache?: AnswerCacheOptions;
}

/** Everything that `startServer` would refuse without having looked at a model or a port, in the order of its options. */
export async function findStartProblems(options: CheckedOptions): Promise<readonly WeirError[]> {
  const { models, aliases = {}, allowRoots = [], security = {}, unixSocket, cache, answerCache } = options;
  const host = unixSocket === undefined ? (options.host ?? "127.0.0.1") : undefined;
  const names = models.map(({ name }) => name);
  // Without models there is something else to say first, and /admin/models may load what aliases stand for.
  const aliasProblems = describeAliasProblems(aliases, names.length === 0 ? undefined : names);
  const found = await Promise.all([
    findProblem(() => unixSocket !== undefined && checkSocketFolder(resolve(unixSocket))),
    findProblem(() => assertKeysWhereReached(security, host)),
    findProblem(() => security.apiKeysFile !== undefined && readKeysFile(security.apiKeysFile)),
    findProblem(() => parseAllowedOrigins(security.allowOrigins ?? [])),
    findProblem(() => parseAllowedHosts(security.allowHosts ?? [])),
    findProblem(() => cache?.disk !== undefined && checkCacheFolder(cache.disk.directory)),
    ...allowRoots.map(async (root) => findProblem(() => resolveRoot(root))),
  ]);
  const plain = names.map(withoutLatest);
  const twice = names.filter((_, index) => plain.indexOf(plain[index]!) !== index);
  return [
    ...Array.from(new Set(twice), toNameProblem),
    ...aliasProblems.map((problem) => new WeirError("USAGE", problem)),
    ...found.filter((problem) => problem !== undefined),
    ...(answerCache?.mode === "semantic" &&
    models.length > 0 &&
    models.every(({ chat, upstream }) => chat !== undefined || upstream !== undefined)
      ? [toNoMeaningError()]
      : []),
  ];
}

/** Answers to what means the same are to be found, and nothing tells what a text means. */
export function toNoMeaningError(): WeirError {
  const message =
    "--answer-cache semantic: expected an embedding model among those served, got none. Add one (--model PATH), or take --answer-cache exact.";
  return new WeirError("USAGE", message);
}

function toNameProblem(name: string): WeirError {
  return new WeirError(
    "USAGE",
    `--model: two models have the name ${name}. Give them names: --model NAME=PATH`,
  );
}

/** The folder itself, symlinks resolved. Throws USAGE. */
export async function resolveRoot(root: string): Promise<string> {
  const path = await realpath(root).catch(() => undefined);
  if (path !== undefined && (await stat(path)).isDirectory()) return path;
  const got = path === undefined ? `${root}, where nothing is` : `${root}, which is a file`;
  throw new WeirError("USAGE", `--allow-root: expected a folder that exists, got ${got}.`);
}

/** The WeirError that `check` throws; undefined where it throws none. */
async function findProblem(check: () => unknown): Promise<WeirError | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    if (error instanceof WeirError) return error;
    throw error;
  }
}

/** Throws what there is: one problem as it is, several as one error with a line for each. */
export function throwProblems(problems: readonly WeirError[]): void {
  const [first, ...others] = problems;
  if (first === undefined) return;
  if (others.length === 0) throw first;
  const code = others.every((other) => other.code === first.code) ? first.code : "USAGE";
  throw new WeirError(code, problems.map(({ message }) => message).join("\n"), { cause: first });
}
