import { BlockList, isIP } from "node:net";

/** Addresses that no resource is at, however it is marked: of this link (clouds answer with credentials there), of many, of none. */
const never = new BlockList();
never.addSubnet("169.254.0.0", 16);
never.addSubnet("224.0.0.0", 4);
never.addSubnet("240.0.0.0", 4);
never.addAddress("0.0.0.0");
never.addSubnet("fe80::", 10, "ipv6");
never.addSubnet("ff00::", 8, "ipv6");
never.addAddress("::", "ipv6");
// of Amazon's credentials over IPv6
never.addAddress("fd00:ec2::254", "ipv6");

/** Addresses of this machine and of private networks (IANA's registries of special addresses). */
const own = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
] as const)
  own.addSubnet(network, bits);
for (const [network, bits] of [
  ["::1", 128],
  ["100::", 64],
  ["2001:db8::", 32],
  ["fc00::", 7],
  ["fec0::", 10],
] as const)
  own.addSubnet(network, bits, "ipv6");

export type Reach = "public" | "private" | "never";

/** How far an IP address reaches. One that carries an IPv4 address (mapped, 6to4, NAT64) reaches as far as that. */
export function reachOf(address: string): Reach {
  const version = isIP(address);
  if (version === 0) return "never";
  const inner = version === 6 ? innerAddress(address) : null;
  if (inner !== null) return reachOf(inner);
  const family = version === 6 ? "ipv6" : "ipv4";
  if (never.check(address, family)) return "never";
  return own.check(address, family) ? "private" : "public";
}

function innerAddress(address: string): string | null {
  const words = wordsOf(address);
  const at = (i: number): number => words[i] ?? 0;
  const v4 = (high: number, low: number): string => [high >> 8, high & 255, low >> 8, low & 255].join(".");
  const isZero = (from: number, to: number): boolean => words.slice(from, to).every((word) => word === 0);
  // ::ffff:a.b.c.d; ::a.b.c.d, but for :: and ::1; 64:ff9b::a.b.c.d; 2002:a.b.c.d::
  if (isZero(0, 5) && at(5) === 0xffff) return v4(at(6), at(7));
  if (isZero(0, 6) && (at(6) !== 0 || at(7) > 1)) return v4(at(6), at(7));
  if (at(0) === 0x64 && at(1) === 0xff9b && isZero(2, 6)) return v4(at(6), at(7));
  return at(0) === 0x2002 ? v4(at(1), at(2)) : null;
}

/** The eight words of an IPv6 address, as the URL parser writes it out. */
function wordsOf(address: string): readonly number[] {
  const text = new URL(`http://[${address.replace(/%.*$/, "")}]`).hostname.slice(1, -1);
  const [left = "", right] = text.split("::");
  const read = (part: string): readonly number[] =>
    part === "" ? [] : part.split(":").map((word) => parseInt(word, 16));
  if (right === undefined) return read(left);
  const [head, tail] = [read(left), read(right)];
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail];
}
