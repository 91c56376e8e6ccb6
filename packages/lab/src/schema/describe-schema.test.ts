import { readdir, readFile } from "node:fs/promises";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { readFixture } from "../store/fixtures/make-runs.ts";
import { describeSchema } from "./describe-schema.ts";
import { describeViews } from "./describe-views.ts";
import type { JsonSchema } from "./json-schema.ts";

const folder = new URL("../../schema/", import.meta.url);

async function readJson(url: URL): Promise<unknown> {
  return JSON.parse(await readFile(url, "utf8"));
}

async function readSchema(file: string): Promise<JsonSchema> {
  return (await readJson(new URL(file, folder))) as JsonSchema;
}

/** Schemas of the kinds of records, in the order of record-1.json. */
async function listKinds(): Promise<string[]> {
  return ((await readSchema("record-1.json")).oneOf ?? []).map(({ $ref }) => $ref!);
}

describe("the published schemas", () => {
  it("are all exported, and those of kinds are all in record-1.json", async () => {
    const files = (await readdir(folder)).filter((file) => file.endsWith(".json"));
    const { exports } = (await readJson(new URL("../../package.json", import.meta.url))) as {
      exports: Record<string, unknown>;
    };
    const exported = Object.keys(exports).filter((name) => name.startsWith("./schema/"));
    expect(exported.toSorted()).toEqual(files.map((file) => `./schema/${file}`).toSorted());
    expect((await listKinds()).toSorted()).toEqual(
      files.filter((file) => file !== "record-1.json").toSorted(),
    );
  });

  it("tell records of several kinds apart, and take one that lacks what was added later", async () => {
    const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strict: false });
    for (const file of await listKinds()) ajv.addSchema(await readSchema(file), file);
    const validate = ajv.compile(await readSchema("record-1.json"));
    for (const name of ["run-1", "run-1-oldest"] as const) {
      const record = JSON.parse(await readFixture(name)) as object;
      expect([validate(record), name]).toEqual([true, name]);
      expect(validate({ ...record, kind: "picture" })).toBe(false);
      expect(validate({ ...record, schema: 2 })).toBe(false);
    }
  });

  // After a change to a schema: npx vitest run packages/lab/src/schema -u
  it("are what docs/reference/run-json.md says", async () => {
    const sections = await Promise.all(
      (await listKinds()).map(async (file) =>
        describeSchema(file.replace(/-\d+\.json$/, ""), await readSchema(file)),
      ),
    );
    const page = `# run.json

Every measurement leaves a folder with a \`run.json\`. What it is of stands in its \`kind\`: each kind has a table below. The
JSON schemas that this page is generated from come with the package: \`@weir/lab/schema/record-1.json\` for all kinds,
\`@weir/lab/schema/run-1.json\` and so on for each. Fields are added, never renamed or removed: ignore those that you do not know,
and take one that is not there as not known. \`a[].b\` is a field of each item of a list, \`a.*\` what an object has under any name.

${sections.join("\n\n")}
`;
    await expect(page).toMatchFileSnapshot("../../../../docs/reference/run-json.md");
  });
});

it("the columns of SQL are what docs/reference/run-columns.md says", async () => {
  await expect(describeViews()).toMatchFileSnapshot("../../../../docs/reference/run-columns.md");
});
