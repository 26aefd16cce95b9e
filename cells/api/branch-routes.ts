import { done, flag, get, most, path, select, send } from "./route.ts";
import { BranchDiff, BranchReport, ChangesReport } from "./branch-schema.ts";
import { Json, RunReport, Text, Type } from "./schema.ts";

const branchName = Type.String({
  pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
  description: "letters, digits, dots, - and _, beginning with a letter or a digit, 64 at most",
});
/** The branch that is asked about; left out for what is published. */
export const branch = Type.Optional(branchName);
const branchList = Type.Object({ branches: Type.Array(BranchReport) });

const TestReport = Type.Object({
  ok: Type.Boolean(),
  tests: Type.Array(
    Type.Object({
      path: Type.String(),
      cell: Type.Integer(),
      tests: Type.String(),
      state: Type.Union([Type.Literal("passed"), Type.Literal("failed"), Type.Literal("errored")]),
      ms: Type.Number(),
      message: Type.String(),
      missing: Type.Array(Json),
      unexpected: Type.Array(Json),
    }),
  ),
});

/** What differs from what is published, branches in which it is tried, and tests. */
export const branchRoutes = {
  tests: send(
    "POST",
    "/api/tests",
    "runs the test cells of the files as they are, each with its fixtures in place of what its asset reads",
    Type.Object({ paths: Type.Optional(Type.Array(path)) }),
    TestReport,
  ),
  changes: get(
    "/api/changes",
    "how each asset of the files as they are, or of a branch, differs from what is published, and whom it affects",
    Type.Object({ path: Type.Optional(path), branch }),
    ChangesReport,
  ),
  branches: get("/api/branches", "branches, what they read, and what became of them", Type.Object({}), branchList),
  createBranch: send(
    "POST",
    "/api/branches",
    "a branch of the files as they are: those named, or all that differ from what is published",
    Type.Object({ name: branchName, paths: Type.Optional(Type.Array(path)) }),
    BranchReport,
  ),
  updateBranch: send(
    "PUT",
    "/api/branches/:name",
    "takes the files of a branch again as they are, and those named",
    Type.Object({ name: branchName, paths: Type.Optional(Type.Array(path)) }),
    BranchReport,
  ),
  deleteBranch: send("DELETE", "/api/branches/:name", "forgets a branch", Type.Object({ name: branchName }), done),
  runBranch: send(
    "POST",
    "/api/branches/:name/runs",
    "computes what a branch changes, or a selection, in the branch",
    Type.Object({
      name: branchName,
      select,
      partition: Type.Optional(Text),
      params: Type.Optional(Type.Record(Type.String(), Json)),
      force: flag,
    }),
    RunReport,
  ),
  diffBranch: get(
    "/api/branches/:name/diff",
    "what differs between a branch and what is published: columns, rows, by the columns of id where it is given",
    Type.Object({ name: branchName, key: Type.Optional(path), id: Type.Optional(Text), limit: most }),
    BranchDiff,
  ),
  promoteBranch: send(
    "POST",
    "/api/branches/:name/promote",
    "puts a branch in place of what is published, all at once",
    Type.Object({ name: branchName }),
    BranchReport,
  ),
  rollbackBranch: send(
    "POST",
    "/api/branches/:name/rollback",
    "puts back what a promotion of a branch replaced, the latest unless one is named",
    Type.Object({ name: branchName, promotion: Type.Optional(Text), force: flag }),
    BranchReport,
  ),
} as const;
