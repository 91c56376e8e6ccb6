import type { ChildProcess, StdioOptions } from "node:child_process";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** The link's file descriptor in the child. 0 to 2 stay what they are everywhere: libraries print to them. */
const linkDescriptor = 3;

/** stdin closed; stdout and stderr read by the parent (native libraries print to both); the link on descriptor 3. */
export const replicaStdio: StdioOptions = ["ignore", "pipe", "pipe", "pipe"];

/** The parent's end. Node makes "pipe" a socket pair on Unix and a named pipe on Windows: both carry bytes two ways. */
export function openParentEnd(child: ChildProcess): Duplex {
  return child.stdio[linkDescriptor] as Duplex;
}

/** The child's end, opened by the thread that serves the link. */
export function openChildEnd(): Duplex {
  return new Socket({ fd: linkDescriptor, readable: true, writable: true });
}
