import { realpath } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { WeirError } from "@weir/protocol";

/**
 * The real path of a file below one of the allowed roots. A relative path counts from the first root. Throws FORBIDDEN
 * for anything outside, through `..` or a symlink too, without telling whether it exists.
 */
export async function resolveAllowedFile(path: string, roots: readonly string[]): Promise<string> {
  const first = roots[0];
  if (first === undefined) {
    throw new WeirError(
      "FORBIDDEN",
      "this server may not read files; the operator can allow a folder with --allow-root DIR",
    );
  }
  const outside = new WeirError("FORBIDDEN", `path ${JSON.stringify(path)} is outside the allowed roots`, {
    field: "path",
  });
  const asked = resolve(first, path);
  if (!isInside(asked, roots)) throw outside;
  let real: string;
  try {
    real = await realpath(asked);
  } catch (error) {
    const message = `path ${JSON.stringify(path)} cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`;
    throw new WeirError("INVALID_REQUEST", message, { field: "path", cause: error });
  }
  if (!isInside(real, roots)) throw outside;
  return real;
}

function isInside(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => {
    const rest = relative(root, path);
    return rest !== ".." && !rest.startsWith(`..${sep}`) && resolve(root, rest) === path;
  });
}
