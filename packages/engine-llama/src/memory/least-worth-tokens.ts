/** Fewer tokens are computed about as fast as they are fetched. */
export const leastWorthTokens = 32;
