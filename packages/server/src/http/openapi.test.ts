import { startWeir } from "@weir/testkit";
import { expect, it } from "vitest";

interface Operation {
  readonly responses: Readonly<Record<string, unknown>>;
}

it("/openapi.json has each operation's errors in its dialect's envelope, and the ways to show a key", async () => {
  await using weir = await startWeir();
  const api = (await (await fetch(`${weir.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation>>;
    components: { securitySchemes: object };
  };
  expect(Object.keys(api.components.securitySchemes)).toEqual(["bearer", "apiKey"]);
  for (const [path, operations] of Object.entries(api.paths)) {
    for (const { responses } of Object.values(operations)) {
      expect(responses, path).toHaveProperty("200");
      if (/health|livez|readyz|ping|ready$/.test(path)) continue;
      expect(Object.keys(responses), path).toEqual(expect.arrayContaining(["4XX", "5XX"]));
    }
  }
  expect(api.paths["/api/embed"]!["post"]!.responses["4XX"]).toMatchObject({
    content: { "application/json": { schema: { properties: { error: { type: "string" } } } } },
  });
  expect(api.paths["/v1/embeddings"]!["post"]!.responses["5XX"]).toMatchObject({
    content: { "application/json": { schema: { properties: { error: { type: "object" } } } } },
  });
});
