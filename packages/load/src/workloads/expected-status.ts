import { WeirError } from "@weir/protocol";

/** Reads `200`, `2xx` or a list of these with commas as a table: 1 where a status is expected. Throws USAGE. */
export function parseExpectedStatus(expected: string): Uint8Array {
  const table = new Uint8Array(1000);
  for (const part of expected.split(",").map((text) => text.trim().toLowerCase())) {
    if (/^[1-9]xx$/.test(part)) table.fill(1, Number(part[0]) * 100, Number(part[0]) * 100 + 100);
    else if (/^[1-9]\d\d$/.test(part)) table[Number(part)] = 1;
    else
      throw new WeirError(
        "USAGE",
        `the expected status must be a number such as 200, a class such as 2xx or a list of these, got ${JSON.stringify(expected)}`,
      );
  }
  return table;
}
