import { describe, expect, it, test } from "vitest";
import { mappingFunctionOf } from "../../../cells/graph/mapping-functions.ts";
import { graphOf } from "./notebooks.ts";

const monthly = { output: "month", partitions: "monthly from=2026-01-01" };
const daily = { output: "quarter", partitions: "daily from=2026-01-01", upstream: "month: function pick" };

describe("a function in upstream", () => {
  const complaints = (...code: readonly (readonly [kind: "js" | "sql" | "ojs", source: string, more?: object])[]) =>
    graphOf("n.html", [
      ["sql", "select 1 as n", monthly],
      ["sql", "select * from month", daily],
      ...code.map(([kind, source, more]) => [kind, source, { ...more }] as const),
    ]).problems.map(({ message }) => message.replace(/^invalid upstream: "[^"]*" \(cell 2\): /, ""));

  it.each([
    [["js", "const pick = (partition) => [partition.key]"]],
    [["js", "function pick({start}) { return d3.utcMonth(start).toISOString().slice(0, 10) }"]],
    [["ojs", "pick = ({key}) => key"]],
    [
      ["js", "const base = {a: 1}"],
      ["js", "const pick = ({key}) => [key.slice(base.a)]"],
    ],
  ] as const)("%s is fine", (...code) => {
    expect(complaints(...code)).toEqual([]);
  });

  const end = "; a function follows from the code of its notebook alone";
  it.each([
    [[["js", "const pik = () => []"]], "this notebook defines no function pick; did you mean pik?"],
    [
      [["sql", "select 1", { output: "pick" }]],
      `pick cannot say what partitions read: it is sql and no JavaScript${end}`,
    ],
    [[["js", "const pick = () => params.keys"]], `pick cannot say what partitions read: it reads params${end}`],
    [
      [["js", "const pick = () => [String(Date.now())]"]],
      `pick cannot say what partitions read: it uses Date.now${end}`,
    ],
    [
      [["js", 'const pick = () => FileAttachment("a.csv")']],
      `pick cannot say what partitions read: it reads FileAttachment${end}`,
    ],
    [
      [
        ["js", "const rows = [...month]"],
        ["js", "const pick = () => rows.map(({n}) => n)"],
      ],
      `pick cannot say what partitions read by cell 1: it is sql and no JavaScript${end}`,
    ],
    [[["js", "const pick = ("]], "this notebook defines no function pick; write it in a JavaScript cell"],
  ] as const)("%j is refused", (code, sentence) => {
    const found = complaints(...code);
    expect(found.some((message) => message.startsWith(sentence))).toBe(true);
  });

  it("points at the name, and does nothing where there are no partitions", () => {
    const upstream = "month: function pick allow missing";
    const { problems } = graphOf("n.html", [
      ["sql", "select 1 as n", monthly],
      ["sql", "select * from month", { output: "all", upstream }],
      ["js", "const pick = () => []"],
    ]);
    expect(problems).toMatchObject([
      {
        severity: "warning",
        message: expect.stringContaining(
          "this cell has no partitions, so it reads all of month and asks no function",
        ) as string,
      },
    ]);
    expect(problems.map(({ span }) => span && upstream.slice(span.start, span.end))).toEqual(["pick"]);
  });
});

test("its version is that of its code and of all that it calls, and of nothing else", () => {
  const version = (base: string, other: string) =>
    mappingFunctionOf(
      graphOf("n.html", [
        ["js", `const base = ${base}`, {}],
        ["js", "const pick = ({key}) => key.slice(base)", {}],
        ["js", `const other = ${other}`, {}],
      ]),
      "pick",
    )?.version;
  expect(version("1", "1")).toBe(version("1 /* so */", "2"));
  expect(version("1", "1")).not.toBe(version("2", "1"));
});
