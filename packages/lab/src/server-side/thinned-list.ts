/**
 * Keeps what comes at equal distances, up to a number: then every second one is dropped, and of what follows only every
 * second one kept, and so on. What is kept spans all that came, and is never less than half of the number.
 */
export class ThinnedList<Item> {
  readonly #most: number;
  #items: Item[] = [];
  #every = 1;
  #came = 0;

  /** @param most even number >= 2 */
  constructor(most: number) {
    this.#most = most;
  }

  get items(): readonly Item[] {
    return this.#items;
  }

  /** @param keep true where it is kept in any case, as the last of all is */
  add(item: Item, keep = false): void {
    const isKept = keep || this.#came % this.#every === 0;
    this.#came += 1;
    if (!isKept) return;
    if (this.#items.length >= this.#most) {
      this.#items = this.#items.filter((_, index) => index % 2 === 0);
      this.#every *= 2;
    }
    this.#items.push(item);
  }
}
