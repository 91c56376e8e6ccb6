import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import { WeirError } from "@weir/protocol";
import { encodeErrorIn, type EnvelopeName } from "./encode-error.ts";

/** Any error has the same shape in a dialect: each is shown by one. */
const example = new WeirError("INVALID_REQUEST", "input: expected a string, got null. Send a string.");

/** What `/openapi.json` says beside the routes' own schemas: the keys that may be shown, and what errors look like. */
export function toOpenApiOptions(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Weir", version },
      components: {
        securitySchemes: {
          bearer: { type: "http", scheme: "bearer", description: "Where the server has keys." },
          apiKey: { type: "apiKey", in: "header", name: "x-api-key" },
        },
      },
      // Either, or none where the server has no keys.
      security: [{ bearer: [] }, { apiKey: [] }, {}],
    },
    transform: ({ schema, url, route }) => {
      const { dialect, probe } = route.config ?? {};
      const { response = { 200: {} } } = schema ?? {};
      const answers = response as Record<string, unknown>;
      const errors = probe === true ? {} : describeErrors(dialect ?? "openai");
      const open = probe === true ? { security: [] } : {};
      return { schema: { ...schema, ...open, response: { ...answers, ...errors } }, url };
    },
  };
}

function describeErrors(dialect: EnvelopeName): Record<string, unknown> {
  const { body } = encodeErrorIn(dialect, example, "req_1");
  const schema = { ...describeShape(body), examples: [body] };
  return {
    "4xx": { description: "The request is wrong, or may not be sent (docs/reference/errors.md).", ...schema },
    "5xx": {
      description: "There was no room or no time, or something failed; see x-should-retry.",
      ...schema,
    },
  };
}

/** The JSON schema of a value like this one. */
function describeShape(value: unknown): Record<string, unknown> {
  if (value === null) return { type: ["string", "null"] };
  if (typeof value !== "object") return { type: typeof value };
  const properties = Object.entries(value).map(([name, part]) => [name, describeShape(part)] as const);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    required: properties.map(([name]) => name),
  };
}
