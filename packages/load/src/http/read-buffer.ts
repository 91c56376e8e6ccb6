const readBufferBytes = 64 * 1024;

let shared: Uint8Array | undefined;

/**
 * The memory that a socket's bytes are read into. On POSIX systems libuv asks for it and fills it in the same call,
 * and the callback is done with it before the next read, so all sockets of a thread share one block: 10,000
 * connections cost 64 KiB. On Windows a read is pending in its buffer while others complete, so each needs its own.
 */
export function readBuffer(platform: NodeJS.Platform = process.platform): Uint8Array {
  if (platform === "win32") return new Uint8Array(readBufferBytes);
  shared ??= new Uint8Array(readBufferBytes);
  return shared;
}
