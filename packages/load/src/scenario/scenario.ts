import type { ChatDialectName } from "@weir/protocol";

/** A request of a scenario. */
export interface ScenarioRequest<Step extends string = string> {
  /** Which of the scenario's `steps` this is; results are told apart by it. Needed where there are steps. */
  readonly step?: Step;
  /** @default GET, or POST where there is something to send */
  readonly method?: string;
  /** Path and query, behind the URL of the run. Begins with a slash. */
  readonly path: string;
  /** Beside those of the run, and before them where both have one. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, and announced as such. */
  readonly json?: unknown;
  /** Sent as it is; text in UTF-8. */
  readonly body?: string | Uint8Array;
  /**
   * Statuses of good answers: numbers and classes with commas. Any other is a failure of the server and ends the turn
   * before the scenario sees it. @default "2xx"
   */
  readonly expect?: string;
  /**
   * The answer is a chat stream of this dialect: the times of its tokens are measured as in `--workload chat`, and a
   * stream that is cut off, empty or ends with an error is a failure. `text()` is then what the model said.
   */
  readonly stream?: ChatDialectName;
  /**
   * Whether the answer is kept for `text()` and `json()`. Set it to false where only the status matters: long answers
   * then cost no memory. Streams are cheaper to read when it is false. @default true, and false for a stream
   */
  readonly keepBody?: boolean;
  /** Names of the answer's headers to keep for `header(name)`. @default none */
  readonly keepHeaders?: readonly string[];
}

/** What came back: a good status, and the whole body. */
export interface ScenarioAnswer {
  readonly status: number;
  /** All bytes of the body, kept or not. */
  readonly bodyBytes: number;
  /** The first header of this name; undefined where the server sent none. It must be among the request's `keepHeaders`. */
  header(name: string): string | undefined;
  text(): string;
  /** Throws where the body is no JSON, which fails the request. */
  // oxlint-disable-next-line typescript/no-explicit-any -- what a server answers is for the scenario to know
  json(): any;
}

/** Whose turn it is. */
export interface ScenarioUser {
  /** Users count from 0. Connections take the place of users where requests come due at a rate. */
  readonly index: number;
  /** How many turns this user began before. */
  readonly turn: number;
  /** A number in [0, 1). The run's seed and the user decide the sequence. */
  readonly random: () => number;
  /** The environment's variables: keys and names that do not belong in a file. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Sent with every request of the run. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The requests of one turn, in order: `const answer = yield request`. */
export type ScenarioTurn<Step extends string = string> = Generator<
  ScenarioRequest<Step>,
  void,
  ScenarioAnswer
>;

/** What users do, whatever their number and however long. */
export interface Scenario<Step extends string = string> {
  readonly name: string;
  /** Names of the kinds of requests that results tell apart. @default none: all count as one */
  readonly steps?: readonly Step[];
  /**
   * One turn of a user, called anew for each. A `yield` sends a request and gives its answer; the next one follows at
   * once, and pauses between turns are the schedule's (`--pace`). Code after a `yield` judges the answer: what it throws
   * fails that request, and ends the turn, as a refusal or a lost connection does.
   */
  user(user: ScenarioUser): ScenarioTurn<NoInfer<Step>>;
}

/** Gives a scenario as it is: it is there so that an editor checks and completes it. */
export function defineScenario<const Step extends string = never>(scenario: Scenario<Step>): Scenario<Step> {
  return scenario;
}
