import { setTimeout as delay } from "node:timers/promises";
import { startWeir } from "@weir/testkit";
import { describe, expect, it } from "vitest";
import { createHttpUser, until, type Answer } from "../fixtures/http-user.ts";

describe("more than the model can do", () => {
  it("ten times as much, whatever is answered: the queue stays bounded, each refusal says when, and it recovers", async () => {
    const jobs = 20;
    await using server = await startWeir({ echo: { blockMs: 10 }, limits: { jobs } });
    const [model] = await server.ready;
    const total = 600;
    const classes = ["interactive", "normal", "batch"];
    const answers: Promise<Answer>[] = [];
    let mostHeld = 0;
    // Open loop, paced by what the model does: ten new requests for each that it starts on.
    while (answers.length < total) {
      const due = Math.min(total, 10 * (1 + model!.admissionStats().totals.dispatched));
      for (let index = answers.length; index < due; index++) {
        const user = createHttpUser(server.url);
        const headers = {
          "x-request-class": classes[index % 3]!,
          ...(index % 4 === 0 ? { "x-request-timeout": "60ms" } : {}),
        };
        answers.push(user.embed(["a", "b"], headers).finally(() => user[Symbol.dispose]()));
      }
      mostHeld = Math.max(mostHeld, model!.jobsHeld);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const counts = new Map<number, number>();
    const withoutAdvice: Answer[] = [];
    for (const answer of await Promise.all(answers)) {
      const { status, headers } = answer;
      counts.set(status, (counts.get(status) ?? 0) + 1);
      const advised =
        status === 503 ? Number(headers["retry-after-ms"]) > 0 : headers["x-should-retry"] === "false";
      if (status !== 200 && !advised) withoutAdvice.push(answer);
    }
    expect(withoutAdvice).toEqual([]);
    expect([200, 503, 504]).toEqual(expect.arrayContaining([...counts.keys()]));
    expect(counts.get(200)).toBeGreaterThan(0);
    expect(counts.get(503)).toBeGreaterThan(counts.get(200)!);
    expect(mostHeld).toBeLessThanOrEqual(jobs + 2);

    await until(() => model!.jobsHeld === 0);
    using user = createHttpUser(server.url);
    expect((await user.embed(["after"])).status).toBe(200);
    expect((await user.get("/health/ready")).status).toBe(200);
    const { totals, keys, reservations } = model!.admissionStats();
    // Every job that was let in came to one end; nothing is held for anybody any more but promises not yet past.
    const { completed, failed, cancelled, expired, refused } = totals;
    const ended =
      completed + failed + cancelled.waiting + cancelled.running + expired.waiting + expired.running;
    expect(ended + refused.displaced).toBe(totals.admitted);
    for (const key of keys) expect(key).toMatchObject({ waitingJobs: 0, runningJobs: 0 });
    expect(reservations.open).toBeLessThanOrEqual(4 * Math.max(16, jobs));
  }, 60_000);

  it("in a closed loop of users who come back when they are told to: they get in", async () => {
    const queue = 10;
    await using server = await startWeir({ echo: { blockMs: 20 }, limits: { jobs: queue } });
    const users = Array.from({ length: 2 * (2 + queue) }, () => createHttpUser(server.url));
    let retries = 0;
    let admitted = 0;
    let refusals = 0;
    async function use(user: (typeof users)[number]): Promise<void> {
      for (let isRetry = false; retries < 300;) {
        const { status, headers } = await user.embed(
          ["a"],
          isRetry ? { "x-stainless-retry-count": "1" } : {},
        );
        expect([200, 503]).toContain(status);
        if (status === 503) refusals++;
        // The first ones come before anything is measured.
        if (isRetry && refusals > users.length) {
          retries++;
          if (status === 200) admitted++;
        }
        isRetry = status === 503;
        if (isRetry) await delay(Number(headers["retry-after-ms"]));
      }
    }
    await Promise.all(users.map(use));
    // 95 % and more where the processor is free, which the simulation holds it to; who is kept waiting for it comes late.
    expect(admitted / retries).toBeGreaterThanOrEqual(0.8);
    for (const user of users) user[Symbol.dispose]();
  }, 60_000);
});
