// The same program under plain Node: node main.mjs [MODEL]
// Asks, kills the server as a crash would, asks again, and leaves nothing behind.
import { createEmbedder } from "./embedder.mjs";

const embedder = createEmbedder({
  model: process.argv[2] ?? "reference-embed-minilm",
  log: (line) => console.error(line),
});
const notes = ["The weir holds the river.", "Bread rises overnight.", "A dam keeps water back."];
try {
  const before = await embedder.search("What stops the water?", notes);
  for (const { text, score } of before) console.log(`${score.toFixed(3)}  ${text}`);
  process.kill(await embedder.pid(), "SIGKILL");
  const after = await embedder.search("What stops the water?", notes);
  console.log(JSON.stringify(after) === JSON.stringify(before) ? "the same after a crash" : "DIFFERS");
} finally {
  await embedder.close();
}
console.log("closed");
