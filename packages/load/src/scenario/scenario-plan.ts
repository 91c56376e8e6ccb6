/** A scenario by its file. Plain JSON. */
export interface ScenarioPlan {
  readonly kind: "scenario";
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** Of the file's text. A file that has changed since is refused. */
  readonly hash: string;
  /** Names of the kinds of requests; empty where they are not told apart. */
  readonly steps: readonly string[];
}
