const unixScheme = "http+unix:";

/**
 * The URL of a server on a Unix socket, or on a named pipe of Windows: `http+unix://%2Frun%2Fmodel.sock/BASE`, the
 * file's path percent-encoded.
 */
export function toUnixUrl(socketPath: string, basePath = ""): string {
  return `${unixScheme}//${encodeURIComponent(socketPath)}${basePath}`;
}

/**
 * Takes a URL of {@link toUnixUrl} apart; `path` has the query too. Undefined for every other URL, and where it names no
 * socket.
 */
export function parseUnixUrl(
  url: string,
): { readonly socketPath: string; readonly path: string } | undefined {
  const [, encoded, path] = /^http\+unix:\/\/([^/?#]+)([^#]*)/i.exec(url) ?? [];
  if (encoded === undefined || path === undefined) return undefined;
  try {
    return { socketPath: decodeURIComponent(encoded), path };
  } catch {
    return undefined;
  }
}
