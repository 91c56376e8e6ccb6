import { readTag, writeNotes, type ListedRun } from "@weir/lab";
import type { CommandContext } from "../command-context.ts";
import { findStored } from "./find-stored.ts";
import { toReadable } from "./show-command.ts";

/** `weir runs tag`. Throws USAGE for a run or a tag that is none. */
export async function tagRun(
  word: string,
  tags: readonly string[],
  { places, remove = false }: { readonly places: readonly string[]; readonly remove?: boolean },
  context: CommandContext,
): Promise<void> {
  const given = tags.map(readTag);
  const run = await locate(word, places, context);
  const { name, tags: before } = run.notes;
  const after = remove ? before.filter((tag) => !given.includes(tag)) : [...before, ...given];
  await writeNotes(run.folder, { name, tags: after });
  const shown = [...new Set(after)].toSorted();
  context.stdout.write(`${run.id}: ${shown.length === 0 ? "no tags" : shown.join(" ")}\n`);
}

/** `weir runs name`: an empty text gives it the name that it was run with. Throws USAGE for a run that is none. */
export async function nameRun(
  word: string,
  text: string,
  places: readonly string[],
  context: CommandContext,
): Promise<void> {
  const run = await locate(word, places, context);
  await writeNotes(run.folder, { name: text === "" ? null : text, tags: run.notes.tags });
  context.stdout.write(`${run.id}: ${text === "" ? "named as when it was run" : text}\n`);
}

async function locate(
  word: string,
  places: readonly string[],
  { signal }: CommandContext,
): Promise<ListedRun> {
  const [run] = await findStored([word], places, signal);
  return toReadable(run!);
}
