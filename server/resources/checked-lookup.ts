import { lookup as resolveName } from "node:dns";
import type { LookupFunction } from "node:net";
import { AppError } from "../../cells/errors.ts";
import { reachOf } from "./address.ts";

/**
 * Node's own lookup of a name, which gives only what may be reached: a name is resolved once, its addresses are looked at, and the
 * connection goes to those. `what` is who asks, as in `resource shop`; `member` is what of cellar.json its `private` stands in.
 */
export function checkedLookup(isPrivate: boolean, what: string, member = "it"): LookupFunction {
  return (name, wanted, done) => {
    resolveName(name, { ...wanted, all: true }, (error, addresses) => {
      if (error) return done(error, []);
      try {
        for (const { address } of addresses) checkAddress(name, address, isPrivate, what, member);
      } catch (refused) {
        return done(refused instanceof Error ? refused : new Error(String(refused)), []);
      }
      if (wanted.all === true) return done(null, addresses);
      const [first] = addresses;
      return first === undefined
        ? done(new Error(`no address of ${name}`), [])
        : done(null, first.address, first.family);
    });
  };
}

/** Throws `forbidden` where an address may not be reached. */
export function checkAddress(host: string, address: string, isPrivate: boolean, what: string, member = "it"): void {
  const reach = reachOf(address);
  if (reach === "public" || (reach === "private" && isPrivate)) return;
  const advice =
    reach === "never"
      ? "nothing may be reached there"
      : `write "private": true into ${member} in cellar.json if that is meant`;
  throw new AppError(
    "forbidden",
    `${what} leads to ${host === address ? "" : `${host}, which is `}${address}, an address that is not public; ${advice}`,
    { data: { resource: what.replace(/^resource /, "") } },
  );
}
