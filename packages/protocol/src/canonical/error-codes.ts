/** What is fixed about an error, whatever its message says. */
export interface ErrorCodeEntry {
  /** HTTP status of an answer that carries this error. A dialect may map it to its own (see each dialect's encode-error). */
  readonly status: number;
  /** Exit code of a command that ends with this error. */
  readonly exitCode: number;
  /** Whether the same request may succeed a moment later. */
  readonly retryable: boolean;
  /** What the reader can do about it, as one sentence. */
  readonly hint: string;
}

/** The name of an error: stable, for programs to compare. */
export type ErrorCode =
  | "INVALID_JSON"
  | "INVALID_REQUEST"
  | "EMPTY_INPUT"
  | "TOO_MANY_INPUTS"
  | "INPUT_TOO_LONG"
  | "BODY_TOO_LARGE"
  | "UNSUPPORTED_ENCODING"
  | "UNAUTHENTICATED"
  | "FORBIDDEN"
  | "MODEL_NOT_FOUND"
  | "MODEL_WRONG_KIND"
  | "AGENT_NOT_FOUND"
  | "ROUTE_NOT_FOUND"
  | "METHOD_NOT_ALLOWED"
  | "CANCELLED"
  | "ENGINE_FAILED"
  | "INTERNAL"
  | "RATE_LIMITED"
  | "QUEUE_FULL"
  | "DEADLINE_UNREACHABLE"
  | "DEADLINE_EXCEEDED"
  | "NOT_READY"
  | "REPLICA_LOST"
  | "REPLICA_START_FAILED"
  | "REMOTE_FAILED"
  | "REMOTE_REFUSED"
  | "LOOP_DETECTED"
  | "USAGE"
  | "MODEL_INVALID"
  | "ENGINE_MISSING"
  | "DEVICE_UNAVAILABLE"
  | "PORT_IN_USE"
  | "TARGET_UNREACHABLE"
  | "TARGET_UNKNOWN"
  | "TARGET_ANSWER_INVALID"
  | "HUB_UNREACHABLE"
  | "HUB_REFUSED"
  | "DOWNLOAD_DAMAGED"
  | "CACHE_UNUSABLE";

/**
 * Every error that Weir can give, in one table. `docs/reference/errors.md` is generated from it and a test keeps the
 * two equal.
 */
export const errorCodes: Readonly<Record<ErrorCode, ErrorCodeEntry>> = {
  INVALID_JSON: {
    status: 400,
    exitCode: 2,
    retryable: false,
    hint: "Send a JSON object as the request body.",
  },
  INVALID_REQUEST: {
    status: 400,
    exitCode: 2,
    retryable: false,
    hint: "Correct the field that the message names.",
  },
  EMPTY_INPUT: {
    status: 400,
    exitCode: 2,
    retryable: false,
    hint: "Send at least one text, and no empty ones in this dialect.",
  },
  TOO_MANY_INPUTS: {
    status: 400,
    exitCode: 2,
    retryable: false,
    hint: "Split the list into several requests.",
  },
  INPUT_TOO_LONG: {
    status: 413,
    exitCode: 2,
    retryable: false,
    hint: "Shorten the text, or allow truncation.",
  },
  BODY_TOO_LARGE: {
    status: 413,
    exitCode: 2,
    retryable: false,
    hint: "Send a smaller body, or start the server with a higher --body-limit.",
  },
  UNSUPPORTED_ENCODING: {
    status: 415,
    exitCode: 2,
    retryable: false,
    hint: "Send the body as it is, without a Content-Encoding header.",
  },
  UNAUTHENTICATED: {
    status: 401,
    exitCode: 2,
    retryable: false,
    hint: "Send a key of this server as Authorization: Bearer KEY or x-api-key: KEY; its operator makes them with weir keys create.",
  },
  FORBIDDEN: {
    status: 403,
    exitCode: 2,
    retryable: false,
    hint: "The operator has to allow this when the server starts.",
  },
  MODEL_NOT_FOUND: {
    status: 404,
    exitCode: 2,
    retryable: false,
    hint: "GET /v1/models lists the names that are served.",
  },
  MODEL_WRONG_KIND: {
    status: 404,
    exitCode: 2,
    retryable: false,
    hint: "Ask for a model that does such work; the message names those that are served.",
  },
  AGENT_NOT_FOUND: {
    status: 404,
    exitCode: 2,
    retryable: false,
    hint: "GET /v1/agents lists the agents that the key may see.",
  },
  ROUTE_NOT_FOUND: {
    status: 404,
    exitCode: 2,
    retryable: false,
    hint: "GET /openapi.json lists the routes.",
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    exitCode: 2,
    retryable: false,
    hint: "Use a method that the Allow header names.",
  },
  CANCELLED: {
    status: 499,
    exitCode: 130,
    retryable: false,
    hint: "The caller went away before the answer was ready.",
  },
  ENGINE_FAILED: {
    status: 500,
    exitCode: 1,
    retryable: false,
    hint: "The model could not compute this input. The server's log has the engine's own message.",
  },
  INTERNAL: {
    status: 500,
    exitCode: 1,
    retryable: false,
    hint: "This is a defect. The server's log has the details under the request id.",
  },
  RATE_LIMITED: {
    status: 429,
    exitCode: 1,
    retryable: true,
    hint: "Wait as long as Retry-After says, then send it again, less often.",
  },
  QUEUE_FULL: {
    status: 503,
    exitCode: 1,
    retryable: true,
    hint: "Wait as long as Retry-After says, then send it again.",
  },
  DEADLINE_UNREACHABLE: {
    status: 503,
    exitCode: 1,
    retryable: true,
    hint: "The queue is too long for the request's deadline. Wait as long as Retry-After says, or allow more time.",
  },
  DEADLINE_EXCEEDED: {
    status: 504,
    exitCode: 1,
    retryable: false,
    hint: "Allow the request more time, or ask for less in one request.",
  },
  NOT_READY: {
    status: 503,
    exitCode: 1,
    retryable: true,
    hint: "GET /health/ready says when the model can take requests.",
  },
  REPLICA_LOST: {
    status: 503,
    exitCode: 1,
    retryable: true,
    hint: "The model's process ended while it worked on this request. It is being restarted; send it again.",
  },
  REPLICA_START_FAILED: {
    status: 503,
    exitCode: 1,
    retryable: true,
    hint: "The last lines of the model process are in the message.",
  },
  REMOTE_FAILED: {
    status: 502,
    exitCode: 6,
    retryable: true,
    hint: "The server behind the model failed or could not be reached. GET /health/ready says when it is back.",
  },
  REMOTE_REFUSED: {
    status: 502,
    exitCode: 6,
    retryable: false,
    hint: "The server behind the model refuses: its operator checks --model NAME=URL#MODEL and --remote-key-env.",
  },
  LOOP_DETECTED: {
    status: 508,
    exitCode: 2,
    retryable: false,
    hint: "A model's address leads back to the same server: give --model NAME=URL that of the server that computes it.",
  },
  USAGE: {
    status: 400,
    exitCode: 2,
    retryable: false,
    hint: "weir COMMAND --help lists the options.",
  },
  MODEL_INVALID: {
    status: 500,
    exitCode: 2,
    retryable: false,
    hint: "Point --model at a folder in the Hugging Face layout or a .gguf file, or name a reference model (weir models list).",
  },
  ENGINE_MISSING: {
    status: 500,
    exitCode: 2,
    retryable: false,
    hint: "Install the package that the message names.",
  },
  DEVICE_UNAVAILABLE: {
    status: 500,
    exitCode: 2,
    retryable: false,
    hint: "Start it with --device auto, which takes what this machine has and says what that is.",
  },
  PORT_IN_USE: {
    status: 500,
    exitCode: 2,
    retryable: false,
    hint: "Choose another --port or --unix-socket, or --port 0 for any free one.",
  },
  TARGET_UNREACHABLE: {
    status: 502,
    exitCode: 6,
    retryable: true,
    hint: "Check that the server is running and that the URL is right; weir doctor URL probes it.",
  },
  TARGET_UNKNOWN: {
    status: 502,
    exitCode: 6,
    retryable: false,
    hint: "Name the API with --dialect and the model with --model.",
  },
  TARGET_ANSWER_INVALID: {
    status: 502,
    exitCode: 6,
    retryable: false,
    hint: "The server answered something that its API does not allow.",
  },
  HUB_UNREACHABLE: {
    status: 502,
    exitCode: 6,
    retryable: true,
    hint: "Try again when the hub can be reached: what has come is kept, and the same command goes on from there.",
  },
  HUB_REFUSED: {
    status: 502,
    exitCode: 2,
    retryable: false,
    hint: "Check the model's name and revision, and for gated or private models HF_TOKEN.",
  },
  DOWNLOAD_DAMAGED: {
    status: 502,
    exitCode: 6,
    retryable: true,
    hint: "What came is not what the hub lists, and was thrown away. Try again later, or name another HF_ENDPOINT.",
  },
  CACHE_UNUSABLE: {
    status: 500,
    exitCode: 1,
    retryable: false,
    hint: "Free the space or mend the rights, or name another folder with WEIR_CACHE_DIR.",
  },
};
