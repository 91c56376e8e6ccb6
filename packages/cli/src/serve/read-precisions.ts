import { precisionWishes, type PrecisionWish } from "@weir/engine";
import { listOf, type OptionKind } from "./option-kinds.ts";

/** Which weights compute each model. */
export interface Precisions {
  /** For every model that has none of its own. */
  readonly common: PrecisionWish;
  readonly byModel: Readonly<Record<string, PrecisionWish>>;
}

const precision: OptionKind<string> = {
  placeholder: `[model=]${precisionWishes.join("|")}`,
  list: false,
  expected: `${precisionWishes.join(", ")}, or one of them for a model such as mini=int8`,
  read: (written) =>
    typeof written === "string" && splitPrecision(written) !== undefined ? written : undefined,
};

/** `int8`, `mini=int8`, or several of them. */
export const precisions: OptionKind<readonly string[]> = listOf(precision);

/** Two for the same model are a problem, as one of them would be lost; so is a name that no model has: it would run as it is. */
export function readPrecisions(
  written: readonly string[],
  { place, models }: { readonly place: string; readonly models: readonly string[] },
  problems: string[],
): Precisions {
  let common: PrecisionWish | undefined;
  const byModel: Record<string, PrecisionWish> = {};
  for (const entry of written) {
    const { model, wish } = splitPrecision(entry)!;
    const before = model === undefined ? common : byModel[model];
    if (before !== undefined && before !== wish) {
      const whose = model === undefined ? "all models (mini=int8 is for one)" : model;
      problems.push(`${place}: expected one precision for ${whose}, got ${before} and ${wish}.`);
    }
    if (model === undefined) common = wish;
    else if (models.includes(model)) byModel[model] = wish;
    else problems.push(`${place}: expected the name of a model (${models.join(", ")}), got ${model}.`);
  }
  return { common: common ?? "fp32", byModel };
}

function splitPrecision(
  written: string,
): { readonly model: string | undefined; readonly wish: PrecisionWish } | undefined {
  const at = written.lastIndexOf("=");
  const wish = precisionWishes.find((known) => known === written.slice(at + 1).trim());
  if (wish === undefined || at === 0) return undefined;
  return { model: at === -1 ? undefined : written.slice(0, at).trim(), wish };
}
