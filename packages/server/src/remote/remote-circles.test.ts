import { createServer, type AddressInfo } from "node:net";
import { startServer, type RunningServer } from "@weir/server";
import { startWeir } from "@weir/testkit";
import { expect, it } from "vitest";
import { startScripted } from "./fixtures/scripted-server.ts";

/** A port that was free a moment ago: the server has to know its own before it starts. */
async function takePort(): Promise<number> {
  const holder = createServer();
  await new Promise<void>((resolve) => void holder.listen(0, "127.0.0.1", resolve));
  const { port } = holder.address() as AddressInfo;
  await new Promise((resolve) => holder.close(resolve));
  return port;
}

const leadsBack = /leads back to this server.*Give the model the address of the server that computes it/;

async function swap({ url }: RunningServer, remote: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${url}/admin/models/echo`, {
    method: "PUT",
    headers: { authorization: "Bearer s3cret" },
    body: JSON.stringify({ path: remote }),
  });
  return { status: answer.status, text: await answer.text() };
}

async function embed({ url }: RunningServer, headers: Record<string, string> = {}): Promise<Response> {
  const body = JSON.stringify({ model: "echo", input: "a" });
  return fetch(`${url}/v1/embeddings`, { method: "POST", body, headers });
}

const swappable = {
  launchToken: "s3cret",
  locateModel: (url: string) => Promise.resolve({ remote: { url } }),
};

it("a server whose model is on itself does not start, and says so at once", async () => {
  const port = await takePort();
  const models = [{ name: "echo", remote: { url: `http://127.0.0.1:${port}` } }];
  await using weir = await startServer({ models, port, version: "0" });
  await expect(weir.ready).rejects.toMatchObject({
    code: "LOOP_DETECTED",
    message: expect.stringMatching(leadsBack),
  });
});

it("a model cannot be swapped for one that leads back, however far", async () => {
  await using first = await startWeir(swappable);
  const own = await swap(first, first.url);
  expect(own.status).toBe(400);
  expect(own.text).toMatch(leadsBack);
  await using second = await startWeir({ models: [{ name: "echo", remote: { url: first.url } }] });
  await using third = await startWeir({ models: [{ name: "echo", remote: { url: second.url } }] });
  const far = await swap(first, third.url);
  expect(far.status).toBe(400);
  expect(far.text).toMatch(/this server through 2 others\. Give/);
  // What was there before serves on, for all of them.
  expect((await embed(third)).status).toBe(200);
});

it("tells the other server which ones a request came through, and nothing that is no server's name", async () => {
  await using remote = await startScripted();
  await using weir = await startWeir({ models: [{ name: "echo", remote: { url: remote.url } }] });
  expect((await embed(weir, { "x-weir-via": "0123456789abcdef, (evil)" })).status).toBe(200);
  const [trial, ...asked] = remote.requests.map(({ headers }) => headers["x-weir-via"]);
  expect(trial).toMatch(/^[0-9a-f]{16}$/);
  expect(asked.at(-1)).toBe(`0123456789abcdef, ${String(trial)}`);
  expect((await embed(weir, { "x-weir-via": String(trial) })).status).toBe(508);
});
