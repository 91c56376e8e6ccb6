import { freemem } from "node:os";
import { WeirError } from "@weir/protocol";

/**
 * Throws REPLICA_START_FAILED where so many more replicas do not fit the memory that is free: a machine that swaps serves
 * nobody. `replicaBytes` is what the first one takes. Only Linux says how much a process could really have.
 */
export function assertRoomForReplicas(
  count: number,
  replicaBytes: number,
  freeBytes: number = process.platform === "linux" ? freemem() : Number.POSITIVE_INFINITY,
): void {
  const neededBytes = count * replicaBytes;
  if (neededBytes <= freeBytes) return;
  const message =
    `expected room for ${count} more replicas of ${toMegabytes(replicaBytes)} MB each, got ` +
    `${toMegabytes(freeBytes)} MB of free memory; at most ${1 + Math.floor(freeBytes / replicaBytes)} replicas fit`;
  throw new WeirError("REPLICA_START_FAILED", message);
}

const toMegabytes = (bytes: number): number => Math.round(bytes / 1_000_000);
