/**
 * Runs a task for each item, `most` at a time, and gives the results in the items' order. After the first failure, which
 * `onFailure` is told of, nothing more is begun, and it is thrown once the tasks under way have ended.
 */
export async function runBounded<Item, Result>(
  items: readonly Item[],
  { most, onFailure }: { readonly most: number; readonly onFailure: (error: unknown) => void },
  run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await run(items[index]!);
      } catch (error) {
        if (failures.push(error) === 1) onFailure(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, work));
  if (failures.length > 0) throw failures[0];
  return results;
}
