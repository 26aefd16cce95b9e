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
    "js-126": "a named function in parentheses is an expression and is displayed; notebook-kit takes it for a program",
    "js-133": "a named class in parentheses is an expression and is displayed; notebook-kit takes it for a program",
    "js-263": "recorded on Node 20, which does not know using declarations; ours runs",
    "js-264": "await using makes a cell async; notebook-kit's body does not compile",
  },
  "observable-ts-cells": {
    "ts-022": "the sentence is the TypeScript compiler's, which is not shipped; ours is the one of JavaScript cells, with its place",
  },
  "observable-template-cells": {
    "tpl-039": "data loaders are shown and never executed",
    "tpl-040": "data loaders are shown and never executed",
  },
};
