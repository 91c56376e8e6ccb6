import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { createSyntheticPrompts, type UploadPlan } from "@weir/load";
import type { SingleWorkloadRequest } from "../run/run-request.ts";
import { createBuiltInTexts } from "../texts/built-in-texts.ts";
import { readTexts } from "../texts/read-texts.ts";
import type { TextSet } from "../texts/text-set.ts";
import { createImage } from "./made-image.ts";
import type { SweepSettings } from "./sweep-case.ts";
import type { SweepSource } from "./sweep-request.ts";

const madeUpPrompts = 64;
const madeImages = 4;

/** Makes what a case sends. Texts and images of one size are made once. */
export class CaseWorkloads {
  readonly #source: SweepSource;
  readonly #seed: number;
  readonly #directory: string;
  readonly #texts = new Map<number, Promise<TextSet>>();
  readonly #images = new Map<number, Promise<UploadPlan["files"]>>();

  /** @param directory where images are put */
  constructor(source: SweepSource, seed: number, directory: string) {
    this.#source = source;
    this.#seed = seed;
    this.#directory = directory;
  }

  /** Throws USAGE where texts cannot be read. */
  async for(settings: SweepSettings): Promise<SingleWorkloadRequest> {
    const source = this.#source;
    switch (source.kind) {
      case "embeddings": {
        const { kind, dialect, model, cache } = source;
        const texts = await this.#textsOf(settings.size ?? 1_000, source.directory);
        return { kind, dialect, model, cache, texts, batch: settings.batch ?? 1 };
      }
      case "chat": {
        const { inputTokens = 128, outputTokens = 32 } = settings;
        const prompts = createSyntheticPrompts({ inputTokens, count: madeUpPrompts, seed: this.#seed });
        const label = `made-up prompts of about ${inputTokens.toLocaleString("en-US")} tokens`;
        return { ...source, maxTokens: outputTokens, prompts: { source: label, prompts } };
      }
      case "upload": {
        const { files, dpiParameter, ...upload } = source;
        const mark = upload.path.includes("?") ? "&" : "?";
        const asked = settings.dpi === undefined ? "" : `${mark}${dpiParameter}=${settings.dpi}`;
        return {
          ...upload,
          path: `${upload.path}${asked}`,
          files: files ?? (await this.#imagesOf(settings.imageSize ?? 640)),
        };
      }
    }
  }

  #textsOf(characters: number, directory: string | undefined): Promise<TextSet> {
    const known = this.#texts.get(characters);
    if (known !== undefined) return known;
    const texts =
      directory === undefined
        ? Promise.resolve(createBuiltInTexts({ characters }))
        : readTexts(directory, { characters });
    this.#texts.set(characters, texts);
    return texts;
  }

  #imagesOf(width: number): Promise<UploadPlan["files"]> {
    const known = this.#images.get(width);
    if (known !== undefined) return known;
    const images = this.#makeImages(width);
    this.#images.set(width, images);
    return images;
  }

  async #makeImages(width: number): Promise<UploadPlan["files"]> {
    const folder = path.join(this.#directory, "inputs");
    await mkdir(folder, { recursive: true });
    return await Promise.all(
      Array.from({ length: madeImages }, async (_, index) => {
        const file = path.join(folder, `${width}-${index}.png`);
        const image = createImage(width, this.#seed + index);
        await writeFile(file, image);
        return { path: file, bytes: image.length };
      }),
    );
  }
}
