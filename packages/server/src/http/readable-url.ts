import type { IncomingMessage } from "node:http";

/**
 * The URL as it came, or with every percent sign made a plain character where its path cannot be decoded. So it meets the
 * same checks and the same answer as any other path that is not there; the router would answer on its own before them.
 */
export function toReadableUrl({ url = "/" }: Pick<IncomingMessage, "url">): string {
  const [path] = url.split("?", 1) as [string];
  if (!path.includes("%")) return url;
  try {
    decodeURIComponent(path);
    return url;
  } catch {
    return path.replaceAll("%", "%25") + url.slice(path.length);
  }
}
