/** A mock on a thread of its own: it shares no event loop with the load that it is measured by. */
import { parentPort, workerData } from "node:worker_threads";
import { startMock, type MockOptions } from "@weir/mock";

const port = parentPort!;
const mock = await startMock(workerData as Partial<MockOptions>);
port.on("message", (message: "timing" | "end") => {
  if (message === "timing") port.postMessage(mock.timing);
  else void mock[Symbol.asyncDispose]().then(() => port.close());
});
port.postMessage(mock.url);
