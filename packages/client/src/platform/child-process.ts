/**
 * How a server is started that must outlive nothing but its parent. On Unix it gets a process group of its own, so that
 * Ctrl-C in a terminal reaches the parent alone, which then closes it in order. On Windows that would open a window.
 */
export const childOptions: { readonly detached: boolean; readonly windowsHide: boolean } = {
  detached: process.platform !== "win32",
  windowsHide: true,
};

/** What makes `process.execPath` behave as Node: inside Electron it is Electron itself. */
export const nodeEnvironment: Readonly<Record<string, string>> =
  process.versions["electron"] === undefined ? {} : { ELECTRON_RUN_AS_NODE: "1" };
