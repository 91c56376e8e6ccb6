/** Files of a folder, one a request. Plain JSON. */
export interface UploadPlan {
  readonly kind: "upload";
  readonly method: string;
  /** Path and query, with a slash at its beginning. */
  readonly path: string;
  /** At least one, their sizes looked up beforehand. Each user goes through all of them, from a place of its own. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** `multipart` sends a form (RFC 7578) with the file in `field`; `raw` sends the file as it is, with its media type. */
  readonly form:
    | {
        readonly kind: "multipart";
        readonly field: string;
        /** Other fields of the form, in front of the file. @default none */
        readonly fields?: Readonly<Record<string, string>> | undefined;
      }
    | { readonly kind: "raw" };
  /**
   * Users take the files from one list, one after the other, and results tell the files apart: each is a part of the
   * workload, by its place in the list. @default false
   */
  readonly inTurn?: boolean | undefined;
  /** Statuses of good answers: numbers and classes, e.g. `200,204` or `2xx`. */
  readonly expect: string;
}
