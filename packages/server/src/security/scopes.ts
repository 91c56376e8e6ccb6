/** What a key may do. `admin` includes the others. */
export type Scope = "infer" | "metrics" | "admin";

export const scopes: readonly Scope[] = ["infer", "metrics", "admin"];

export function grants(held: readonly Scope[], needed: Scope): boolean {
  return held.includes(needed) || held.includes("admin");
}
