import { describe, expect, it } from "vitest";
import { toRequest } from "../fixtures/echo-pool.ts";
import { createQuantizingEcho, usePrecisionFolders } from "../fixtures/quantizing-echo.ts";
import { createDeferred } from "../replica/deferred.ts";
import { describeReplicaEvent } from "../replica/replica-events.ts";
import { startReplicaPool } from "./replica-pool.ts";

const { signal } = new AbortController();
const folders = usePrecisionFolders();
const crashing = { crashWord: "boom" };

describe("a model that is lost too often", () => {
  it.each([
    ["int8", /next try is in \d+ ms\. Its weights were made by --precision: .*restart weir serve/],
    ["fp32", /next try is in \d+ ms$/],
  ] as const)(
    "is said to have weights that a restart makes again where it has: %s",
    async (precision, line) => {
      const told = createDeferred<string | undefined>();
      await using pool = await startReplicaPool(
        {
          name: "river",
          ...folders().replica(createQuantizingEcho({ int8: crashing }), crashing),
          precision,
          replicas: 1,
          circuit: { crashes: 1 },
          onEvent: (event) => {
            if (event.kind === "circuit-open") told.resolve(describeReplicaEvent(event));
          },
        },
        signal,
      );
      await expect(pool.embed(toRequest(["boom"]), signal)).rejects.toMatchObject({
        code: expect.stringMatching(/^REPLICA_/) as unknown,
      });
      expect(await told.promise).toMatch(line);
    },
  );
});
