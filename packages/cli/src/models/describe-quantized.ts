import type { QuantizeReport } from "@weir/engine-onnx";

/** Below these a quantised model may rank texts differently in daily use. */
const wantedCosine = 0.995;
const wantedAgreement = 0.95;

/** What was written, what was measured and on what, and what that means. */
export function describeQuantized(report: QuantizeReport): string {
  const { judgement, precision } = report;
  const share = (report.weightBytes / report.sourceBytes).toFixed(2);
  const kept = report.products - report.quantizedProducts;
  const isGood = judgement.meanCosine >= wantedCosine && !(judgement.clearAgreement < wantedAgreement);
  const next =
    precision === "int8"
      ? "--precision int8-accurate loses less; or stay with float32."
      : "Stay with float32 for this model.";
  return [
    `wrote ${report.path}: ${toMegabytes(report.sourceBytes)} became ${toMegabytes(report.weightBytes)} (${share} of it)`,
    `  matrices   ${report.quantizedProducts} of ${report.products} in int8${kept > 0 ? `, the ${kept} that matter most in float32` : ""}`,
    `  vectors    mean cosine ${judgement.meanCosine.toFixed(4)} with float32, least ${judgement.leastCosine.toFixed(4)} (${judgement.texts} texts)`,
    `  neighbours the same nearest text for ${toPercent(judgement.agreement)}, ${describeClear(judgement)}`,
    `  speed      ${report.speedRatio.toFixed(2)} times float32's on this machine`,
    ...(isGood
      ? []
      : [
          "",
          `It loses more than usual: expected a mean cosine of ${wantedCosine} and ${toPercent(wantedAgreement)} of clear ` +
            `neighbours. ${next}`,
        ]),
    "",
    `Vectors of the two do not mix: embed stored texts again. Serve it with: weir serve --model ${report.path}`,
    "",
  ].join("\n");
}

function describeClear({ clearAgreement, clearTexts }: QuantizeReport["judgement"]): string {
  if (clearTexts === 0) return "no text has a clear nearest one";
  return `${toPercent(clearAgreement)} where it is clearly nearest (by more than 0.01; ${clearTexts} texts)`;
}

function toPercent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function toMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
