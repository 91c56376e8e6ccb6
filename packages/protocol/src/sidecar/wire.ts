import type { Pooling } from "../canonical/embedding.ts";

/** POST /embed of the small embedding services that desktop apps start beside themselves. */
export interface SidecarEmbedBody {
  readonly texts: readonly string[];
  readonly normalize: boolean;
  readonly pooling?: Pooling;
  /** Weir's own addition. */
  readonly truncate?: false;
}

/** FastAPI's envelope, which these services answer with, and the error's name for programs. */
export interface SidecarErrorBody {
  readonly detail: string;
  readonly code: string;
}
