/**
 * Truncation is reported, never silent: where inputs were cut to the model's longest, the answer carries this header
 * with their number.
 */
export const truncatedInputsHeader = "x-truncated-inputs";

/** The same number as a top-level field, always there (also as 0) in the dialects whose answer is an object. */
export const truncatedInputsField = "truncated_inputs";
