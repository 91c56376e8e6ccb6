import { IndexedHeap, type HeapItem } from "./indexed-heap.ts";
import { weightOf, type AdmissionKey } from "./job.ts";

/** What a key holds now. */
export interface KeyAccount {
  readonly id: string;
  readonly waitingJobs: number;
  readonly waitingCost: number;
  readonly runningJobs: number;
  readonly runningCost: number;
  /** Places promised to it with a Retry-After. */
  readonly reserved: number;
}

interface Account extends KeyAccount, HeapItem {
  weight: number;
  waitingJobs: number;
  waitingCost: number;
  runningJobs: number;
  runningCost: number;
  reserved: number;
}

type AccountChange = Partial<Omit<KeyAccount, "id">>;

/**
 * What each key holds. A key's share of the queue is that of its dominant resource, places or cost (dominant resource
 * fairness, Ghodsi et al. 2011). A key that holds nothing is forgotten.
 */
export class KeyAccounts {
  readonly #maxJobs: number;
  readonly #maxCost: number;
  readonly #accounts = new Map<string, Account>();
  readonly #byShare: IndexedHeap<Account> = new IndexedHeap((a, b) => this.#share(a) > this.#share(b));

  constructor(maxJobs: number, maxCost: number) {
    // A queue without places still has shares.
    this.#maxJobs = Math.max(1, maxJobs);
    this.#maxCost = maxCost;
  }

  get size(): number {
    return this.#accounts.size;
  }

  get all(): Iterable<KeyAccount> {
    return this.#accounts.values();
  }

  get(id: string): KeyAccount | undefined {
    return this.#accounts.get(id);
  }

  /** The key with the largest share of what waits. */
  get largestHolder(): KeyAccount | undefined {
    return this.#byShare.peek();
  }

  /** Adds to what a key holds (or takes away), and forgets the key when nothing is left. */
  change(key: AdmissionKey, change: AccountChange): void {
    let account = this.#accounts.get(key.id);
    if (account === undefined) {
      account = {
        id: key.id,
        weight: weightOf(key),
        waitingJobs: 0,
        waitingCost: 0,
        runningJobs: 0,
        runningCost: 0,
        reserved: 0,
        heapIndex: -1,
      };
      this.#accounts.set(key.id, account);
      this.#byShare.push(account);
    }
    account.waitingJobs += change.waitingJobs ?? 0;
    account.waitingCost += change.waitingCost ?? 0;
    account.runningJobs += change.runningJobs ?? 0;
    account.runningCost += change.runningCost ?? 0;
    account.reserved += change.reserved ?? 0;
    // Sums of fractions leave crumbs behind: nothing is held by no job.
    if (account.waitingJobs === 0) account.waitingCost = 0;
    if (account.runningJobs === 0) account.runningCost = 0;
    if (account.waitingJobs + account.runningJobs + account.reserved > 0) {
      this.#byShare.update(account);
      return;
    }
    this.#accounts.delete(key.id);
    this.#byShare.remove(account);
  }

  /**
   * Whether one more job leaves the key within an equal part of the queue, what it was promised included. A key alone
   * always is, so the question is only asked where there are others: false then.
   */
  isBelowFairShare(key: AdmissionKey, cost: number): boolean {
    const account = this.#accounts.get(key.id);
    const keys = this.#accounts.size + (account === undefined ? 1 : 0);
    if (keys < 2) return false;
    const jobs = (account?.waitingJobs ?? 0) + (account?.reserved ?? 0) + 1;
    return Math.max(jobs / this.#maxJobs, this.#costShare(account, cost)) <= 1 / keys;
  }

  /**
   * The key whose job gives way to one of this key's when the queue is full: the largest holder, where this key is below
   * an equal part of the queue and still holds less than the largest when the places have changed hands.
   */
  holderToDisplace(key: AdmissionKey, cost: number): KeyAccount | undefined {
    const largest = this.#byShare.peek();
    if (largest === undefined || largest.id === key.id) return undefined;
    const own = this.#accounts.get(key.id);
    const keys = this.#accounts.size + (own === undefined ? 1 : 0);
    const weight = weightOf(key);
    const share = own === undefined ? 0 : this.#share(own);
    const jobs = ((own?.waitingJobs ?? 0) + 1) / this.#maxJobs;
    const shareAfter = Math.max(jobs, this.#costShare(own, cost)) / weight;
    return share < 1 / keys && shareAfter < this.#share(largest) ? largest : undefined;
  }

  #share(account: Account): number {
    return Math.max(account.waitingJobs / this.#maxJobs, this.#costShare(account, 0)) / account.weight;
  }

  #costShare(account: Account | undefined, cost: number): number {
    return ((account?.waitingCost ?? 0) + cost) / this.#maxCost;
  }
}
