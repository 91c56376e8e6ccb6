import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { WeirError } from "@weir/protocol";
import { writeWhole } from "../run/run-folder.ts";
import { isObject } from "./read-path.ts";

/** What people say of a run afterwards. Kept beside run.json, which is never written again. */
export interface RunNotes {
  /** Takes the place of the record's name; null where nobody gave one. */
  readonly name: string | null;
  /** Sorted, each once. */
  readonly tags: readonly string[];
}

const noNotes: RunNotes = { name: null, tags: [] };

/** Runs with one of these tags are never pruned. */
export const keptTags: readonly string[] = ["keep", "baseline"];

const notesFile = "notes.json";
const notesSchema = 1;

/** Reads the notes of a run folder. What cannot be read counts as none: it is beside the run, not of it. */
export function readNotes(folder: string): RunNotes {
  const file = path.join(folder, notesFile);
  // Most runs have none, and an error takes longer to make than to find that out.
  if (!existsSync(file)) return noNotes;
  try {
    return parseNotes(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return noNotes;
  }
}

function parseNotes(value: unknown): RunNotes {
  if (!isObject(value)) return noNotes;
  const { name, tags } = value;
  return {
    name: typeof name === "string" ? name : null,
    tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string").toSorted() : [],
  };
}

/** Writes the notes of a run folder, whole or not at all. Rejects where they cannot be written. */
export async function writeNotes(folder: string, { name, tags }: RunNotes): Promise<void> {
  const notes = { schema: notesSchema, name, tags: [...new Set(tags)].toSorted() };
  await writeWhole(path.join(folder, notesFile), `${JSON.stringify(notes, undefined, 2)}\n`);
}

/** A tag as it is kept. Throws USAGE for what could not be asked for again on a command line. */
export function readTag(text: string): string {
  if (/^[\p{L}\p{N}][\p{L}\p{N}._:/=+-]{0,63}$/u.test(text)) return text;
  throw new WeirError(
    "USAGE",
    `a tag is one word of at most 64 letters, digits and . _ : / = + -, got ${JSON.stringify(text)}. weir runs name gives a run a text.`,
  );
}
