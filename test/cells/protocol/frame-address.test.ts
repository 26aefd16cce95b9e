import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { connectSources, frameAddress, isGranted, readGrantedHosts } from "../../../cells/protocol/frame-address.ts";

describe("the hosts that a frame's address grants", () => {
  test.each([
    ["no hosts", [], "/frame", "'none'"],
    ["a host", ["api.example.com"], "/frame?hosts=api.example.com", "https://api.example.com"],
    [
      "several, in order, each once",
      ["b.example", "*.a.example:8443", "b.example"],
      "/frame?hosts=*.a.example:8443,b.example",
      "https://*.a.example:8443 https://b.example",
    ],
    [
      "this machine, without TLS too",
      ["localhost:8080"],
      "/frame?hosts=localhost:8080",
      "https://localhost:8080 http://localhost:8080",
    ],
    ["what a policy cannot name", ["[::1]", "a b", "*", "a;b", "'self'"], "/frame", "'none'"],
  ])("%s", (_name, hosts, address, sources) => {
    const written = frameAddress("/frame", hosts);
    const granted = readGrantedHosts(written.slice("/frame".length));
    expect([written, granted && connectSources(granted)]).toEqual([address, sources]);
  });

  test.each([
    "?",
    "?hosts=",
    "?hosts=*",
    "?hosts=a.example;script-src%20*",
    "?hosts=a.example; script-src *",
    "?hosts=b.example,a.example",
    "?hosts=a.example,a.example",
    "?hosts=a.example&hosts=b.example",
    "?hosts=https://a.example",
    "?hosts=a.example/path",
    "?other=1",
    "?hosts=A.example",
    "?hosts=a..example",
    "?hosts=-a.example",
    "?hosts=a.example:0",
    "?hosts=a.example\n",
  ])("%j is no address", (search) => expect(readGrantedHosts(search)).toBeNull());

  test("whatever an address says, a policy gets nothing but hosts of it", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."ab.*:-,;' /0") })), (text) => {
        const granted = readGrantedHosts(`?hosts=${text}`);
        expect(granted === null || /^(?:https?:\/\/[a-z0-9.*:-]+ ?)+$/.test(connectSources(granted))).toBe(true);
      }),
    );
  });

  test.each([
    ["https://api.example.com/x", ["api.example.com"], true],
    ["http://api.example.com/x", ["api.example.com"], false],
    ["https://example.com/", ["*.example.com"], false],
    ["https://a.b.example.com/", ["*.example.com"], true],
    ["https://evilexample.com/", ["*.example.com"], false],
    ["https://a.example.com:8443/", ["*.example.com"], false],
    ["https://a.example.com:8443/", ["*.example.com:8443"], true],
    ["http://localhost:8080/", ["localhost:8080"], true],
    ["http://localhost:8081/", ["localhost:8080"], false],
    ["data:text/plain,x", ["localhost"], false],
  ])("%s of %j: %s", (url, hosts, expected) => expect(isGranted(hosts, new URL(url))).toBe(expected));
});
