import { chmod, lstat, stat, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { dirname } from "node:path";
import { WeirError } from "@weir/protocol";

/** What `sun_path` holds beside its final zero, in bytes: 108 on Linux, 104 on macOS and the BSDs. */
const longestPathBytes = process.platform === "linux" ? 107 : 103;

const isWindows = process.platform === "win32";

/**
 * Makes sure that a server can listen at a path: nothing there, or a socket file that nobody listens on any more, which
 * is removed. Throws PORT_IN_USE where somebody does, USAGE where the path is too long or has something else. On Windows
 * a path is the name of a pipe (`\\.\pipe\NAME`), which goes with its process.
 */
export async function clearSocketPath(path: string): Promise<void> {
  if (isWindows) {
    if (/^[\\/]{2}[.?][\\/]pipe[\\/]./.test(path)) return;
    const expected = String.raw`the name of a pipe such as \\.\pipe\weir`;
    throw new WeirError("USAGE", `--unix-socket: expected ${expected}, got ${JSON.stringify(path)}.`);
  }
  const bytes = Buffer.byteLength(path);
  if (bytes > longestPathBytes) {
    const message =
      `--unix-socket: expected a path of at most ${longestPathBytes} bytes, which is what this system takes, got ` +
      `${bytes}: ${path}. Choose a shorter one.`;
    throw new WeirError("USAGE", message);
  }
  const there = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new WeirError("USAGE", `--unix-socket: cannot look at ${path}: ${error.message}`, { cause: error });
  });
  if (there === undefined) return;
  if (!there.isSocket()) {
    throw new WeirError("USAGE", `--unix-socket: expected nothing or a socket at ${path}, got another file.`);
  }
  if (await isListenedOn(path)) {
    const next = "Stop that server, or choose another path.";
    throw new WeirError("PORT_IN_USE", `another server listens on the socket ${path}. ${next}`);
  }
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return;
    throw new WeirError("USAGE", `--unix-socket: cannot replace ${path}: ${error.message}`, { cause: error });
  });
}

/**
 * Throws USAGE where the folder of a socket is not there, or is none: what the system says of that, EACCES, sends people to
 * look at modes. `path` is absolute.
 */
export async function checkSocketFolder(path: string): Promise<void> {
  if (isWindows) return;
  const folder = dirname(path);
  const there = await stat(folder).catch((error: NodeJS.ErrnoException) => error);
  if (!(there instanceof Error)) {
    if (there.isDirectory()) return;
  } else if (there.code !== "ENOENT" && there.code !== "ENOTDIR") return;
  const isMissing = there instanceof Error && there.code === "ENOENT";
  const got = isMissing ? `${folder}, where nothing is` : `${folder}, which is no folder`;
  const next = isMissing ? "Make the folder first, or choose another path." : "Choose another path.";
  throw new WeirError("USAGE", `--unix-socket: expected a path in a folder that exists, got ${got}. ${next}`);
}

/** Lets nobody but this user (and root) connect. Pipes of Windows have no mode; there others cannot write by default. */
export async function restrictSocket(path: string): Promise<void> {
  if (!isWindows) await chmod(path, 0o600);
}

/** Only a refused connection says that nobody is there: a server with a full backlog, or of another user, lives. */
function isListenedOn(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", ({ code }: NodeJS.ErrnoException) =>
      resolve(code !== "ECONNREFUSED" && code !== "ENOENT"),
    );
  });
}
