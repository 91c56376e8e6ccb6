// A program with an embedding server of its own: node sidecar.mjs [MODEL]
// In Electron this is code of the main process; nothing else changes. In TypeScript, and from Node 24 on,
// `await using sidecar = await launchSidecar(...)` takes the place of the try and finally.
/* oxlint-disable no-console */
import { launchSidecar, vectorAt } from "@weir/client";

const sidecar = await launchSidecar({
  model: process.argv[2] ?? "reference-embed-minilm",
  client: { preset: "interactive", longTexts: "split" },
  onEvent: (event) => {
    console.error(event.kind === "output" ? `weir: ${event.line}` : `sidecar: ${event.kind}`);
  },
});
try {
  console.log(`embedding at ${sidecar.url}, process ${sidecar.pid}`);
  const texts = ["A weir holds the river.", "It measures the river, too.", "The cat sat on the mat."];
  const { vectors } = await sidecar.client.embed(texts);
  const first = vectorAt(vectors, 0);
  for (const [index, text] of texts.entries()) {
    const cosine = vectorAt(vectors, index).reduce((sum, value, column) => sum + value * first[column], 0);
    console.log(`${cosine.toFixed(3)}  ${text}`);
  }
} finally {
  await sidecar.close();
}
