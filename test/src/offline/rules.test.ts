import { describe, expect, test } from "vitest";
import { ruleFor, type Asked } from "../../../src/offline/rules.ts";
import { trim } from "../../../src/offline/trim.ts";

const origin = "http://127.0.0.1:4400";
const asked = (path: string, more: Partial<Asked> = {}): Asked => ({
  method: "GET",
  url: origin + path,
  isNavigation: false,
  cache: "default",
  hasToken: true,
  ...more,
});
const navigation = { isNavigation: true, hasToken: false };
const hash = "0123456789abcdef".repeat(4);

describe("what the service worker does", () => {
  const cases: readonly (readonly [what: string, asked: Asked, rule: string])[] = [
    ["a page", asked("/", navigation), "shell"],
    ["a notebook's page", asked("/n/team/sales", navigation), "shell"],
    ["a page of another's link", asked("/s", navigation), "shell"],
    ["the notebook's document", asked("/frame", navigation), "frame"],
    ["a file of the build", asked("/assets/index-1.js", { hasToken: false }), "build"],
    ["a download by address", asked("/assets/index-1.js", navigation), "network"],
    ["the list of notebooks", asked("/api/notebooks"), "latest"],
    ["a notebook", asked("/api/notebooks/team%2Fsales.html"), "latest"],
    ["what a page need not compute", asked("/api/hydration/sales.html"), "latest"],
    ["a data file", asked("/api/files/orders.csv"), "latest"],
    ["data by version", asked(`/api/assets/sales%2Forders/data?format=parquet&version=${hash}`), "immutable"],
    ["the present data", asked("/api/assets/sales%2Forders/data?format=parquet"), "network"],
    ["data by something else", asked("/api/assets/sales%2Forders/data?version=../x"), "network"],
    ["pages of rows", asked("/api/assets/sales%2Forders/rows?offset=0"), "network"],
    ["a list without a token", asked("/api/notebooks", { hasToken: false }), "network"],
    [
      "what is asked for with no-store (a link's token)",
      asked(`/api/assets/a%2Fb/data?version=${hash}`, { cache: "no-store" }),
      "network",
    ],
    ["a login", asked("/api/login", { method: "POST" }), "network"],
    ["the shared lineage", asked("/api/shared"), "network"],
    ["links of others", asked("/api/shares"), "network"],
    ["events", asked("/api/events?after=3"), "network"],
    ["health", asked("/api/health"), "network"],
    ["a save", asked("/api/notebooks/a.html", { method: "PUT" }), "network"],
    ["an API address in the address bar", asked("/api/notebooks", { isNavigation: true }), "network"],
    ["another origin", { ...asked("/"), url: "http://127.0.0.1:4401/api/notebooks" }, "network"],
    ["a blob", { ...asked("/"), url: `blob:${origin}/x` }, "build"],
  ];
  test.each(cases)("%s", (_what, request, rule) => expect(ruleFor(request, origin).type).toBe(rule));

  test("a cache is trimmed from its oldest end", async () => {
    const keys = ["a", "b", "c", "d"].map((name) => new Request(`${origin}/${name}`));
    const deleted: string[] = [];
    await trim(
      {
        keys: () => Promise.resolve(keys),
        delete: (key) => Promise.resolve(deleted.push(key instanceof Request ? new URL(key.url).pathname : "") > 0),
      },
      2,
    );
    expect(deleted).toEqual(["/a", "/b"]);
  });
});
