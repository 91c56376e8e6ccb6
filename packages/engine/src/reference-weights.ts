/**
 * What every text that shows a reference model says, word for word. Such a model has the true architecture and size
 * of a well-known one and weights from a seed.
 */
export const referenceWeightsPhrase = "reference weights: real cost, meaningless answers";
