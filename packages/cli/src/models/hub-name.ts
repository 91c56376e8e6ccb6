import { WeirError } from "@weir/protocol";

/** A model on a hub in the Hugging Face protocol. */
export interface HubName {
  /** `ORG/NAME`, or `NAME` alone where the hub has such. */
  readonly repository: string;
  /** A branch, a tag or a commit; undefined where none was said. */
  readonly revision: string | undefined;
}

/** What is pulled where no revision is said. */
export const defaultRevision = "main";

const part = "[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?";
const namePattern = new RegExp(`^(${part}(?:/${part})?)(?:@([^\\s@]+))?$`);

/** Reads `ORG/NAME`, `ORG/NAME@REVISION`, or such a model's page as a URL; undefined where it is neither. */
export function parseHubName(text: string): HubName | undefined {
  const [, repository, revision] = namePattern.exec(stripPage(text)) ?? [];
  // The hub allows neither in names, and folders are named after them.
  if (repository === undefined || /--|\.\./.test(repository)) return undefined;
  if (revision !== undefined && !isRevision(revision)) return undefined;
  return { repository, revision };
}

/** As {@link parseHubName}, for a name that has to be one; `revision` is what a flag said. Throws USAGE. */
export function resolveHubName(text: string, revision: string | undefined): Required<HubName> {
  const name = parseHubName(text);
  if (name === undefined)
    throw new WeirError(
      "USAGE",
      `expected a model as ORG/NAME or ORG/NAME@REVISION, got ${JSON.stringify(text)}.`,
    );
  if (revision !== undefined && !isRevision(revision))
    throw new WeirError(
      "USAGE",
      `--revision: expected a branch, a tag or a commit, got ${JSON.stringify(revision)}.`,
    );
  if (revision !== undefined && name.revision !== undefined && name.revision !== revision)
    throw new WeirError(
      "USAGE",
      `expected one revision, got ${name.revision} with the name and ${revision} with --revision. Leave one out.`,
    );
  return { repository: name.repository, revision: revision ?? name.revision };
}

/** `https://huggingface.co/ORG/NAME/tree/REVISION` is what people copy from their browser. */
function stripPage(text: string): string {
  const [, name, revision] =
    /^https?:\/\/[^/]+\/([^/?#]+\/[^/?#]+)(?:\/tree\/([^/?#]+))?\/?(?:[?#].*)?$/.exec(text) ?? [];
  if (name === undefined) return text;
  return revision === undefined ? name : `${name}@${decodeURIComponent(revision)}`;
}

function isRevision(text: string): boolean {
  return /^[^\s~^:?*[\\\p{Cc}]+$/u.test(text) && !text.includes("..");
}
