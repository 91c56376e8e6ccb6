import { layOutTable } from "../console/text-table.ts";
import type { PulledModel } from "./pulled-models.ts";

/** The pulled models for people; nothing where there are none. */
export function describePulledModels(pulled: readonly PulledModel[]): string {
  if (pulled.length === 0) return "";
  const commits = new Map<string, string>();
  const rows = pulled.map((model) => {
    const { repository } = model.manifest;
    const { name, commit, variant, bytes } = toPulledReport(model);
    // A branch that has moved on since is what was pulled last.
    if (!commits.has(name)) commits.set(name, commit);
    const shown = commits.get(name) === commit ? name : `${repository}@${commit.slice(0, 12)}`;
    return [shown, `${variant}, ${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`, model.path];
  });
  return `\npulled\n${layOutTable(rows).join("\n")}\n`;
}

/** What `weir models list --json` says of one. */
export function toPulledReport({ path, manifest }: PulledModel): {
  readonly name: string;
  readonly revisions: readonly string[];
  readonly commit: string;
  readonly variant: string;
  readonly weights: string;
  readonly bytes: number;
  readonly pulledAt: string;
  readonly path: string;
} {
  const { repository, revisions, commit, variant, weights, files, pulledAt } = manifest;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const name = `${repository}@${revisions[0] ?? commit.slice(0, 12)}`;
  return { name, revisions, commit, variant, weights, bytes, pulledAt, path };
}
