import { expect, it } from "vitest";
import { SlotQueue } from "./slot-queue.ts";

it("gives slots in order of arrival, without those who left", () => {
  const slots = new SlotQueue(1, 3);
  const begun: string[] = [];
  const enter = (name: string) => slots.enter((atMs) => void begun.push(`${name} at ${atMs}`));
  expect(enter("a").kind).toBe("granted");
  enter("b");
  const leaving = enter("c");
  enter("d");
  expect(enter("e").kind).toBe("refused");
  expect(slots.places).toEqual({ active: 1, waiting: 3, mostActive: 1, mostWaiting: 3 });
  if (leaving.kind === "waiting") leaving.leave();
  slots.release(10);
  slots.release(20);
  slots.release(30);
  expect(begun).toEqual(["b at 10", "d at 20"]);
  expect(slots.places).toMatchObject({ active: 0, waiting: 0 });
});
