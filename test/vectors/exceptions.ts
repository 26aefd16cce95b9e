/**
 * Cases in which our answer differs from the recorded one on purpose, by file and id, each with its reason. The recorded
 * answer is a defect of the program it was recorded from; a test of ours holds the right one.
 */
export const exceptions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "observable-notebooks": {
    "nb-007": "R3: an unknown type is kept and never executed; notebook-kit runs it as js",
    "nb-008": "R7: since is read and written",
    "nb-009": "R7: since is read and written",
    "nb-017": "R7: light-dark(a, b) may have inner spaces",
    "nb-019": 'R7: theme="a b" is a light and a dark theme',
    "nb-023": "R4: a title in the notebook goes before that of the document",
    "nb-024": "R7: format svg and xml are kept",
    "nb-027": "R10: an empty database attribute is written back as it was",
    "nb-039": "R6: a text with an open <!--<script reads back as it was written",
    "nb-041": "R4: the title of an SVG is not that of the notebook",
    "nb-047": "R3: an unknown type is kept and never executed; notebook-kit runs it as js",
    "nb-058": "R7: since and format svg are written and read back",
    "nb-072": "R6: </script/ no longer ends the cell",
    "nb-073": "R6: </script at the end of the text no longer ends the cell",
    "nb-075": "R6: an open <!--<script no longer swallows the cells behind it",
  },
  "observable-js-cells": {
    "(function foo() {})":
      "named but in parentheses, so an expression and displayed; notebook-kit takes it for a program",
    "(class A {})": "named but in parentheses, so an expression and displayed; notebook-kit takes it for a program",
    "await using r = open();": "await using makes a cell async; notebook-kit's body does not compile",
    "export default x;": "no export is allowed; notebook-kit lets this one through and its body does not compile",
    "{ class A {} } A;": "a class in a block is not seen behind it; notebook-kit finds no reference",
    "{ function f() {} } f;": "a function in a block is not seen behind it; notebook-kit finds no reference",
  },
  "observable-template-cells": {
    "tpl-039": "data loaders are shown and never executed",
    "tpl-040": "data loaders are shown and never executed",
  },
  "dagster-selection": {
    "sel-036": 'tag:foo means "has the tag"; tag:foo="" is Dagster\'s tag:foo, which trips people',
    "sel-067": "a bare word is a key",
    "sel-158": 'tag:foo means "has the tag"; tag:foo="" is Dagster\'s tag:foo, which trips people',
    "sel-181": "the text of a selection can be read back, so four keys are four keys and not their number",
  },
  "dagster-staleness": {
    "stale-012": "no number of partitions is too large to look at; Dagster skips an input of 100 partitions or more",
    "stale-015": "an input that is read whole is looked at too; Dagster never checks such an edge",
    "stale-018": "no number of partitions is too large to look at; Dagster skips itself as an input at its threshold",
  },
  "observable-sql-cells": {
    "sql-024":
      "${} in a comment is text; notebook-kit evaluates it and sends a parameter that the engine has no place for",
    "sql-032": "backslashes reach the engine; notebook-kit sends 'd+' for '\\d+'",
    "sql-035": "backslashes reach the engine; notebook-kit sends ESCAPE '' for ESCAPE '\\'",
    "sql-043":
      "a string that is never closed is an error with its place; notebook-kit makes a parameter of the backslash",
    "sql-051":
      "white space alone is no query, as an empty cell is none; notebook-kit sends it and the engine refuses it",
  },
  "observable-misc": {
    "dsvTypeInference mixed 90% numbers": "a column with a word is text; notebook-kit makes NaN of the word",
    "dsvTypeInference bigint-like ids": "integers beyond 2^53 stay text; notebook-kit rounds them",
    "dsvTypeInference bad dates":
      "a column with a date that no calendar has is text; notebook-kit makes it an invalid date",
  },
  "observable-runtime": {
    "rt-044": "a new definition aborts the old run and starts at once, so the one in between starts too",
    "rt-076": "equality cut-off: equal inputs and unchanged code keep the value without running",
    "rt-091": "a promise that never settles no longer blocks a new definition, nor its readers",
  },
  "observable-cells-scenarios": {
    "cells-010": "a name defined twice is shown on every cell that defines it, not only on readers",
    "cells-011": "a name defined twice is shown on every cell that defines it; its other names work",
  },
};
