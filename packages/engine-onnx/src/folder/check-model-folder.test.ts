import { expect, it } from "vitest";
import { useTinyModels } from "../fixtures/tiny-model.ts";
import { checkModelFolder } from "./check-model-folder.ts";

const models = useTinyModels();

it("finds what is missing, and nothing where all is there", async () => {
  await expect(checkModelFolder(models.path())).resolves.toBeUndefined();
  const without = await models.copy({ "tokenizer.json": undefined });
  await expect(checkModelFolder(without)).rejects.toMatchObject({
    code: "MODEL_INVALID",
    message: expect.stringMatching(/tokenizer\.json: is missing$/),
  });
  await expect(checkModelFolder(await models.copy({ "config.json": "[]" }))).rejects.toThrow("config.json");
});
