/** Takes the events of a stream, each as soon as it is complete. */
export interface EventSink {
  /**
   * One event's data, `bytes[start, end)`, valid during the call.
   * @param isError whether the event says by its name that it is an error
   */
  onEvent(bytes: Uint8Array, start: number, end: number, isError: boolean): void;
}

/** Cuts a body that comes in pieces into events. */
export interface EventReader {
  begin(): void;
  /** The next piece, cut anywhere. False where an event is longer than can be kept; nothing more may be pushed then. */
  push(bytes: Uint8Array, start: number, end: number): boolean;
  /** The body is over. */
  end(): void;
}
