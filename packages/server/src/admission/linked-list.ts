/** A place in a {@link LinkedList}. */
export interface ListNode<T> {
  readonly value: T;
  previous: ListNode<T> | undefined;
  next: ListNode<T> | undefined;
}

/** A list in order of arrival: both ends and removal anywhere are O(1), which neither an array nor a Set gives. */
export class LinkedList<T> {
  first: ListNode<T> | undefined;
  last: ListNode<T> | undefined;
  size = 0;

  push(value: T): ListNode<T> {
    return this.insertAfter(this.last, value);
  }

  /** After undefined is at the front. */
  insertAfter(previous: ListNode<T> | undefined, value: T): ListNode<T> {
    const next = previous === undefined ? this.first : previous.next;
    const node: ListNode<T> = { value, previous, next };
    if (previous === undefined) this.first = node;
    else previous.next = node;
    if (next === undefined) this.last = node;
    else next.previous = node;
    this.size++;
    return node;
  }

  /** The node must be in this list. */
  remove(node: ListNode<T>): void {
    if (node.previous === undefined) this.first = node.next;
    else node.previous.next = node.next;
    if (node.next === undefined) this.last = node.previous;
    else node.next.previous = node.previous;
    this.size--;
  }
}
