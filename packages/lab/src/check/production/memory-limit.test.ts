import { expect, it } from "vitest";
import { findMemoryLimit } from "./memory-limit.ts";

const gigabyte = 1024 ** 3;

function find(files: Readonly<Record<string, string>>): ReturnType<typeof findMemoryLimit> {
  return findMemoryLimit(7, { read: (file) => files[file], machineBytes: 8 * gigabyte });
}

it("finds the tightest limit of the group and those above it", () => {
  const group = { "/proc/7/cgroup": "0::/system.slice/weir.service\n" };
  expect(
    find({
      ...group,
      "/sys/fs/cgroup/system.slice/weir.service/memory.max": "max\n",
      "/sys/fs/cgroup/system.slice/memory.max": `${2 * gigabyte}\n`,
      "/sys/fs/cgroup/memory.max": `${4 * gigabyte}\n`,
    }),
  ).toEqual({ bytes: 2 * gigabyte, by: "cgroup /system.slice" });
  expect(find({ ...group, "/sys/fs/cgroup/system.slice/weir.service/memory.max": "max\n" })).toBeUndefined();
});

it("knows the older groups, whose largest number means none", () => {
  const group = { "/proc/7/cgroup": "9:cpu,cpuacct:/a\n4:memory:/docker/abc\n" };
  const file = "/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes";
  expect(find({ ...group, [file]: "536870912\n" })).toEqual({ bytes: 536_870_912, by: "cgroup /docker/abc" });
  expect(find({ ...group, [file]: "9223372036854771712\n" })).toBeUndefined();
});

it("knows a limit of the shell, and says nothing where there is none", () => {
  const limits = "Limit                     Soft Limit           Hard Limit           Units\n";
  expect(
    find({
      "/proc/7/limits": `${limits}Max address space         1073741824           unlimited            bytes\n`,
    }),
  ).toEqual({
    bytes: gigabyte,
    by: "ulimit -v",
  });
  expect(
    find({
      "/proc/7/limits": `${limits}Max address space         unlimited            unlimited            bytes\n`,
    }),
  ).toBeUndefined();
  expect(find({})).toBeUndefined();
});
