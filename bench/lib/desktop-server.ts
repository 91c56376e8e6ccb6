import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { untilGone } from "./process-tree.ts";
import { timedCall } from "./timed-call.ts";

/** Embeds texts on a connection of its own, and gives what the cache had of them: hit, partial or miss. */
export async function ask(url: string, texts: readonly string[]): Promise<string> {
  const agent = new Agent();
  const body = JSON.stringify({ input: texts, encoding_format: "base64" });
  const headers = { "x-request-timeout": "5m" };
  const { status, text, headers: said } = await timedCall(`${url}/v1/embeddings`, { agent, body, headers });
  agent.destroy();
  if (status !== 200) throw new Error(`status ${status}: ${text}`);
  return String(said["x-cache"]);
}

/** What `/health` says to its own machine. */
interface HealthDetail {
  readonly models: readonly {
    readonly state: string;
    readonly replicas: readonly { readonly pid: number | null }[];
  }[];
}

export async function readHealth(url: string): Promise<HealthDetail> {
  const health = (await (await fetch(`${url}/health`)).json()) as Partial<HealthDetail>;
  if (health.models === undefined)
    throw new Error(`${url}/health does not say what there is: ${JSON.stringify(health)}`);
  return health as HealthDetail;
}

/** Waits until the model has given its memory back: its process is gone. */
export async function untilAsleep(url: string): Promise<void> {
  const pids = (await readHealth(url)).models[0]!.replicas.flatMap(({ pid }) => pid ?? []);
  while ((await readHealth(url)).models[0]!.state !== "asleep") await delay(50);
  await untilGone(pids, 10_000);
}
