/**
 * What a replica's process finds in its environment beside what is ours. glibc raises the size from which it maps memory of
 * its own for an allocation as soon as a large one is freed; weights that the runtime repacks while it loads then leave holes
 * that the system never gets back (measured: 228 MB of 750 with a model of 438 MB, at the same speed). A size that is set
 * stays as it is. Other C libraries do not read it.
 */
export function createReplicaEnvironment(ours: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { MALLOC_MMAP_THRESHOLD_: "1048576", ...ours };
}

/**
 * How a replica's Node is started. Nearly all its memory is the engine's; its two JavaScript heaps hold little for long, and
 * left alone each grows a nursery of up to 32 MB while the model loads (measured: 8 MB of resident memory less at rest).
 */
export const replicaNodeFlags: readonly string[] = ["--max-semi-space-size=1"];
