// The main process of an Electron app around the same embedder. docs/guides/desktop-apps.md has the reasons.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { app, ipcMain } from "electron";
import { createEmbedder } from "./embedder.mjs";

// In a packaged app the server runs from outside the archive: native libraries are loaded from real files alone.
const unpacked = join(process.resourcesPath, "app.asar.unpacked/node_modules/@weir/cli/bin/weir.js");

let embedder = createEmbedder({
  model: app.isPackaged ? join(process.resourcesPath, "models/all-MiniLM-L6-v2") : "reference-embed-minilm",
  cacheDirectory: join(app.getPath("userData"), "weir"),
  ...(app.isPackaged && existsSync(unpacked) ? { command: unpacked } : {}),
  log: (line) => console.error(line),
});

ipcMain.handle("search", (_event, question, texts) => embedder.search(question, texts));

app.on("will-quit", (event) => {
  if (embedder === undefined) return;
  event.preventDefault();
  const closing = embedder;
  embedder = undefined;
  void closing.close().finally(() => app.quit());
});
