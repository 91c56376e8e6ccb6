/**
 * The ways a network may deliver the same bytes: whole, one byte at a time, and in two pieces for every place to cut.
 * A parser of a stream has to give the same result for each.
 */
export function* cutEverywhere(recording: Uint8Array): Generator<readonly Uint8Array[]> {
  yield [recording];
  yield Array.from(recording, (_, index) => recording.subarray(index, index + 1));
  for (let place = 1; place < recording.length; place += 1) {
    yield [recording.subarray(0, place), recording.subarray(place)];
  }
}
