import { isAbsolute, relative, sep } from "node:path";

/** A path as people read it best: relative where it lies below the working folder, whole elsewhere. */
export function describePath(path: string): string {
  if (!isAbsolute(path)) return path;
  const short = relative("", path);
  return short === "" || short === ".." || short.startsWith(`..${sep}`) || isAbsolute(short) ? path : short;
}
