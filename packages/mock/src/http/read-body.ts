import type { IncomingMessage } from "node:http";
import { WeirError } from "@weir/protocol";

const longestBytes = 64 * 1024 * 1024;

/** Reads a JSON body and hands it on. Nothing is called where the client hangs up meanwhile. */
export function readJson(
  request: IncomingMessage,
  onBody: (body: unknown) => void,
  onError: (error: unknown) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= longestBytes) chunks.push(chunk);
    else chunks.length = 0;
  });
  request.on("end", () => {
    try {
      if (bytes > longestBytes)
        throw new WeirError(
          "BODY_TOO_LARGE",
          `the body: expected at most ${longestBytes} bytes, got ${bytes}`,
        );
      onBody(parseJson(Buffer.concat(chunks).toString("utf8")));
    } catch (error) {
      onError(error);
    }
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new WeirError(
      "INVALID_JSON",
      `the body: expected JSON, got ${JSON.stringify(text.slice(0, 40))}.`,
      {
        cause: error,
      },
    );
  }
}
