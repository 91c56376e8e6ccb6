/** What was started and is to be ended together, the last first. Node 20 has no AsyncDisposableStack. */
export class Started implements AsyncDisposable {
  readonly #all: AsyncDisposable[] = [];

  use<T extends AsyncDisposable>(one: T): T {
    this.#all.push(one);
    return one;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#all.splice(0).toReversed()) await one[Symbol.asyncDispose]();
  }
}
