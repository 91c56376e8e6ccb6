/** One server of several, as the choice sees it. */
export interface PlaceLoad {
  /** What tells it from the others, for as long as it is there. */
  readonly id: string;
  readonly takesJobs: boolean;
  readonly jobs: number;
  readonly slots: number;
}

/** No server gets more than so many times its even share for the sake of its agents. */
const bound = 1.25;

/**
 * The server that a request goes to: with an affinity the one that its hash prefers, unless that has more than its bounded share; else
 * the one with the least to do, the first of them from `turn` on. Undefined where none takes jobs.
 *
 * Sources: rendezvous hashing (Thaler, Ravishankar 1998), which moves nobody but those of a server that leaves or comes;
 * consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam 2016).
 */
export function choosePlace<Place extends PlaceLoad>(
  places: readonly Place[],
  affinity: string | undefined,
  turn: number,
): Place | undefined {
  const open = places.filter(({ takesJobs }) => takesJobs);
  if (open.length < 2) return open[0];
  const jobs = open.reduce((sum, place) => sum + place.jobs, 0);
  if (affinity !== undefined) {
    const most = Math.ceil((bound * (jobs + 1)) / open.length);
    const preferred = open
      .map((place) => ({ place, weight: hash(`${place.id}\n${affinity}`) }))
      .toSorted((a, b) => b.weight - a.weight);
    const found = preferred.find(({ place }) => place.jobs < Math.min(most, place.slots));
    if (found !== undefined) return found.place;
  }
  const first = turn % open.length;
  const turned = [...open.slice(first), ...open.slice(0, first)];
  return turned.reduce((least, place) => (place.jobs < least.jobs ? place : least));
}

/** FNV-1a, its bits mixed as MurmurHash3 does at the end: neighbours in name are none in weight. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
