import { expect, test } from "vitest";
import { choosePlace, type PlaceLoad } from "./choose-place.ts";

interface Place extends PlaceLoad {
  jobs: number;
  takesJobs: boolean;
}

function makePlaces(count: number, slots = 1_000): Place[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `http://host-${index}:8000`,
    takesJobs: true,
    jobs: 0,
    slots,
  }));
}

const agents = Array.from({ length: 2_000 }, (_, index) => `agent ${index}`);

test("without an affinity the least loaded is taken, in turn where they are equal", () => {
  const places = makePlaces(3);
  places[0]!.jobs = 2;
  places[2]!.jobs = 1;
  expect(choosePlace(places, undefined, 0)).toBe(places[1]);
  for (const place of places) place.jobs = 0;
  expect([0, 1, 2, 3].map((turn) => places.indexOf(choosePlace(places, undefined, turn)!))).toEqual([
    0, 1, 2, 0,
  ]);
});

test("agents are spread evenly, and each has its own server", () => {
  const places = makePlaces(4);
  const counts = new Map<string, number>();
  for (const agent of agents) {
    const { id } = choosePlace(places, agent, 0)!;
    expect(choosePlace(places, agent, 7)!.id).toBe(id);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  // 500 each; a fair draw is within 4 standard deviations, of 19.4.
  for (const count of counts.values()) expect(Math.abs(count - 500)).toBeLessThan(78);
});

test("when a server goes only its own agents move, and they come back with it", () => {
  const places = makePlaces(4);
  const before = agents.map((agent) => choosePlace(places, agent, 0)!.id);
  places[1]!.takesJobs = false;
  const during = agents.map((agent) => choosePlace(places, agent, 0)!.id);
  const moved = agents.filter((_, index) => before[index] !== during[index]);
  expect(moved).toEqual(agents.filter((_, index) => before[index] === places[1]!.id));
  places[1]!.takesJobs = true;
  expect(agents.map((agent) => choosePlace(places, agent, 0)!.id)).toEqual(before);
});

test("no server gets more than a quarter above its share, however its agents crowd", () => {
  const places = makePlaces(3);
  for (let job = 0; job < 300; job += 1) choosePlace(places, "one agent", 0)!.jobs += 1;
  const most = Math.max(...places.map(({ jobs }) => jobs));
  expect(most).toBeLessThanOrEqual(126);
  expect(most).toBeGreaterThan(120);
});

test("an agent's server that is full is passed over", () => {
  const places = makePlaces(2, 1);
  const own = choosePlace(places, "a", 0)!;
  own.jobs = 1;
  expect(choosePlace(places, "a", 0)).not.toBe(own);
});

test("where none takes jobs there is none", () => {
  const places = makePlaces(2);
  for (const place of places) place.takesJobs = false;
  expect(choosePlace(places, "a", 0)).toBeUndefined();
  expect(choosePlace(places, undefined, 0)).toBeUndefined();
});
