import { describe, expect, it } from "vitest";
import { isReachedAt, parseListeningSockets, parseUnixListeners } from "./parse-listeners.ts";

const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31337 1 0000000000000000 100 0 0 10 0
   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   2: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 99999 1 0000000000000000 20 4 30 10 -1
`;
const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:0BB8 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 600 1 0000000000000000 100 0 0 10 0
   1: B80D0120000000000000000001000000:0BB9 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 601 1 0000000000000000 100 0 0 10 0
   2: 0000000000000000FFFF00000100007F:0BBA 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 602 1 0000000000000000 100 0 0 10 0
`;

describe("sockets that listen", () => {
  it("are told from those that are connected", () => {
    expect(parseListeningSockets(tcp)).toEqual([
      { address: "0100007F", port: 8080, inode: "31337" },
      { address: "00000000", port: 80, inode: "4711" },
    ]);
    expect(parseListeningSockets("")).toEqual([]);
  });

  it("are reached at their own address, at any where they have none, and over IPv6 by IPv4", () => {
    const [loopback, any] = parseListeningSockets(tcp);
    expect(isReachedAt(loopback!, "127.0.0.1")).toBe(true);
    expect(isReachedAt(loopback!, "127.0.0.2")).toBe(false);
    expect(isReachedAt(loopback!, "::1")).toBe(false);
    expect(isReachedAt(any!, "10.1.2.3")).toBe(true);
    const [loopback6, global, mapped] = parseListeningSockets(tcp6);
    expect(isReachedAt(loopback6!, "::1")).toBe(true);
    expect(isReachedAt(loopback6!, "127.0.0.1")).toBe(false);
    expect(isReachedAt(global!, "2001:db8::1")).toBe(true);
    expect(isReachedAt(global!, "2001:db8::2")).toBe(false);
    expect(isReachedAt(mapped!, "127.0.0.1")).toBe(true);
    expect(isReachedAt(mapped!, "no address")).toBe(false);
  });

  it("are found by the path of a Unix socket", () => {
    const unix = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 77123 /run/weir here.sock
0000000000000000: 00000003 00000000 00000000 0001 03 77124 /run/weir here.sock
0000000000000000: 00000003 00000000 00000000 0001 03 77125
`;
    expect(parseUnixListeners(unix, "/run/weir here.sock")).toEqual(["77123"]);
    expect(parseUnixListeners(unix, "/run/other.sock")).toEqual([]);
  });
});
