import type { EmbeddingComputer, PreparedInputs } from "@weir/engine";
import type { Product } from "../graph/find-products.ts";
import { countElements } from "../graph/parse-tensor.ts";
import { compareVectors, embedTexts } from "./judge-model.ts";

export interface Choosing {
  readonly products: readonly Product[];
  /** Bytes of the float32 weights. */
  readonly sourceBytes: number;
  /** Writes the model with these products in int8 and gives its bytes. */
  readonly write: (products: readonly Product[]) => Promise<number>;
  /** Loads what was written last. */
  readonly open: () => Promise<EmbeddingComputer>;
  /** The float32 model's vectors, each of `dimensions` values, of what the damage is measured on. */
  readonly wanted: Float32Array;
  readonly dimensions: number;
  readonly prepared: PreparedInputs;
  readonly onStep: (done: number, total: number) => void;
}

/** Share of the float32 file that `int8-accurate` may have; a little is left for what was not foreseen. */
const mostShare = 0.395;

/**
 * The products to make int8 where accuracy comes first: those that do the most damage for their size stay in float32,
 * as many as the file's size allows. The damage of one is what leaving it out brings back, measured with all others in
 * int8.
 */
export async function chooseProducts(choosing: Choosing): Promise<readonly Product[]> {
  const { products, sourceBytes, write, wanted, dimensions, prepared, onStep } = choosing;
  const total = products.length + 1;
  const measureLoss = async (chosen: readonly Product[]): Promise<{ loss: number; bytes: number }> => {
    const bytes = await write(chosen);
    await using computer = await choosing.open();
    const got = await embedTexts(computer, prepared);
    return { loss: 1 - compareVectors(wanted, got, dimensions).meanCosine, bytes };
  };
  onStep(0, total);
  const all = await measureLoss(products);
  const gains: { readonly product: Product; readonly perElement: number; readonly bytes: number }[] = [];
  for (const [index, product] of products.entries()) {
    onStep(index + 1, total);
    const { loss, bytes } = await measureLoss(products.filter((other) => other !== product));
    gains.push({
      product,
      perElement: (all.loss - loss) / countElements(product.weight),
      bytes: bytes - all.bytes,
    });
  }
  const kept = new Set<Product>();
  let room = mostShare * sourceBytes - all.bytes;
  for (const { product, perElement, bytes } of gains.toSorted((a, b) => b.perElement - a.perElement)) {
    if (perElement <= 0 || bytes > room) continue;
    kept.add(product);
    room -= bytes;
  }
  return products.filter((product) => !kept.has(product));
}
