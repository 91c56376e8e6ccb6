import type { WorkloadRequest } from "@weir/lab";

/** What a request is, and the address that its path is put behind. */
export interface ResolvedWorkload<Request extends WorkloadRequest = WorkloadRequest> {
  readonly url: string;
  readonly workload: Request;
}
