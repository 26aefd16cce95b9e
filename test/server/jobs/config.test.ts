import { describe, expect, test } from "vitest";
import { parseWorkspaceConfig } from "../../../server/workspace/workspace-config.ts";

const jobs = (text: string) => Object.fromEntries(parseWorkspaceConfig(`{"jobs": ${text}}`).config.jobs);

describe("jobs, pools and queue of cellar.json", () => {
  test("a job is read and completed", () => {
    expect(jobs('{"nightly": {"select": "tag:daily", "schedule": "0 6 * * *; @daily"}}')).toEqual({
      nightly: {
        name: "nightly",
        select: "tag:daily",
        schedule: ["0 6 * * *", "@daily"],
        timezone: "UTC",
        catchup: { type: "latest" },
        partition: { type: "ended", count: 1, ago: 0 },
        automation: null,
        params: {},
        tags: {},
        priority: 0,
        rules: {},
        description: null,
      },
    });
    const all = `{"a": {"select": "*", "schedule": ["0 6 * * *", "0 18 * * 5"], "timezone": "Europe/Berlin", "catchup": "3",
      "partition": "ended - 2", "params": {"year": 2026, "of": [1, {"a": null}]}, "tags": {"team": "sales"}, "priority": -2,
      "timeout": "2h", "retries": 2, "retryDelay": "1m", "retryFrom": "all", "description": "all of it"}}`;
    expect(jobs(all)).toEqual({
      a: {
        name: "a",
        select: "",
        schedule: ["0 6 * * *", "0 18 * * 5"],
        timezone: "Europe/Berlin",
        catchup: { type: "count", count: 3 },
        partition: { type: "ended", count: 1, ago: 2 },
        automation: null,
        params: { year: 2026, of: [1, { a: null }] },
        tags: { team: "sales" },
        priority: -2,
        rules: { timeoutMs: 7_200_000, retries: 2, retryDelayMs: 60_000, retryFrom: "all" },
        description: "all of it",
      },
    });
  });

  test("queue and pools are read, and have defaults", () => {
    const { config, problems } = parseWorkspaceConfig(
      `{"queue": {"concurrency": 4, "stepTimeout": "10m", "runTimeout": "3h", "retries": 1,
        "limits": [{"tag": "team", "value": "sales", "limit": 1}, {"tag": "user", "limit": 2}, {"tag": "x", "value": null, "limit": 0}]},
        "pools": {"warehouse": 2, "*": 10}}`,
    );
    expect(problems).toEqual([]);
    expect([config.queue, Object.fromEntries(config.pools)]).toEqual([
      {
        concurrency: 4,
        stepTimeoutMs: 600_000,
        rules: { timeoutMs: 10_800_000, retries: 1, retryDelayMs: 0, retryFrom: "failure" },
        limits: [
          { tag: "team", value: "sales", limit: 1 },
          { tag: "user", value: null, limit: 2 },
          { tag: "x", value: null, limit: 0 },
        ],
      },
      { warehouse: 2, "*": 10 },
    ]);
    expect(parseWorkspaceConfig("{}").config.queue).toMatchObject({ concurrency: 2, stepTimeoutMs: 1_800_000 });
  });

  test.each([
    ["jobs that are no object", '{"jobs": 3}', 10, '"jobs" must be an object'],
    ["a job that is none", '{"jobs": {"a": 3}}', 16, 'job "a" must be an object'],
    ["a name", '{"jobs": {"a b": {}}}', 11, 'not a name of a job: "a b"'],
    ["a job twice", '{"jobs": {"a": {"select": "*"}, "a": {"select": "*"}}}', 33, 'job "a" is there twice'],
    ["no selection", '{"jobs": {"a": {}}}', 16, 'job "a" has no "select"'],
    ["a selection", '{"jobs": {"a": {"select": "tag:("}}}', 27, 'job "a" has a select that cannot be read'],
    ["a selection that is no text", '{"jobs": {"a": {"select": 3}}}', 27, "has a select that is no text"],
    [
      "a member",
      '{"jobs": {"a": {"select": "*", "cron": "x"}}}',
      32,
      'has the unknown member "cron"; there are select',
    ],
    ["a cron", '{"jobs": {"a": {"select": "*", "schedule": "0 25 * * *"}}}', 44, "has a schedule that cannot be read"],
    [
      "a cron of several",
      '{"jobs": {"a": {"select": "*", "schedule": ["@daily", "x"]}}}',
      55,
      "has a schedule that cannot",
    ],
    ["an empty list", '{"jobs": {"a": {"select": "*", "schedule": []}}}', 44, "has an empty schedule"],
    [
      "a schedule that is a number",
      '{"jobs": {"a": {"select": "*", "schedule": 3}}}',
      44,
      "has a schedule that is no text",
    ],
    [
      "a condition",
      '{"jobs": {"a": {"select": "*", "automation": "egaer"}}}',
      46,
      "has a automation that cannot be read",
    ],
    [
      "a job with a condition whose assets change",
      '{"jobs": {"a": {"select": "status:failed", "automation": "any_job_roots(missing)"}}}',
      27,
      "has an automation and a select with status: in it",
    ],
    ["a zone", '{"jobs": {"a": {"select": "*", "timezone": "Berlin"}}}', 44, "has a timezone that cannot be read"],
    ["catchup", '{"jobs": {"a": {"select": "*", "catchup": "some"}}}', 43, "has a catchup that cannot be read"],
    ["params", '{"jobs": {"a": {"select": "*", "params": [1]}}}', 42, "has params that are no object"],
    ["tags", '{"jobs": {"a": {"select": "*", "tags": {"a": 1}}}}', 40, "has tags that cannot be read"],
    ["a priority", '{"jobs": {"a": {"select": "*", "priority": 0.5}}}', 44, "no number from -1000000 to 1000000"],
    ["a timeout", '{"jobs": {"a": {"select": "*", "timeout": "soon"}}}', 43, "has a timeout that cannot be read"],
    ["retries", '{"jobs": {"a": {"select": "*", "retries": -1}}}', 43, "no number from 0 to 100"],
    ["a delay", '{"jobs": {"a": {"select": "*", "retryDelay": 3}}}', 46, "has a retryDelay that cannot be read"],
    ["where from", '{"jobs": {"a": {"select": "*", "retryFrom": "x"}}}', 45, 'none of "failure", "all"'],
    ["a description", '{"jobs": {"a": {"select": "*", "description": 1}}}', 47, "has a description that is no text"],
    ["pools that are no object", '{"pools": []}', 11, '"pools" must be an object'],
    ["the name of a pool", '{"pools": {"a b": 1}}', 12, 'not a name of a pool: "a b"'],
    ["a pool twice", '{"pools": {"a": 1, "a": 2}}', 20, 'pool "a" is there twice'],
    ["a limit of a pool", '{"pools": {"a": -1}}', 17, 'pool "a" has a limit that is no whole number'],
    ["a queue that is none", '{"queue": 3}', 11, '"queue" must be an object'],
    ["a member of the queue", '{"queue": {"a": 1}}', 12, '"queue" has the unknown member "a"'],
    ["a concurrency", '{"queue": {"concurrency": 0}}', 27, "no number from 1 to 1000"],
    ["a step's timeout", '{"queue": {"stepTimeout": "0s"}}', 27, "has a stepTimeout that cannot be read"],
    ["limits", '{"queue": {"limits": {}}}', 22, "has limits that are no list"],
    ["a limit that is none", '{"queue": {"limits": [1]}}', 23, 'limit 1 of "queue" must be an object'],
    ["a limit without a tag", '{"queue": {"limits": [{"limit": 1}]}}', 23, 'limit 1 of "queue" has no "tag"'],
    ["a limit without one", '{"queue": {"limits": [{"tag": "a"}]}}', 23, 'limit 1 of "queue" has no "limit"'],
    ["alerts that are no object", '{"alerts": 1}', 12, '"alerts" must be an object'],
    ["the name of an alert", '{"alerts": {"a b": {}}}', 13, 'not a name of an alert: "a b"'],
    ["an alert that is none", '{"alerts": {"a": 1}}', 18, 'alert "a" must be an object'],
    ["no event", '{"alerts": {"a": {"on": [], "webhook": {"url": "https://x"}}}}', 25, 'has nothing in "on"'],
    [
      "an event",
      '{"alerts": {"a": {"on": ["x"], "webhook": {"url": "https://x"}}}}',
      25,
      'on the unknown "x"; there are run_failed',
    ],
    ["no webhook", '{"alerts": {"a": {"on": ["damaged"]}}}', 18, 'has neither "webhook" nor "mail"'],
    [
      "a webhook",
      '{"alerts": {"a": {"on": ["damaged"], "webhook": "https://x"}}}',
      49,
      'webhook of alert "a" must be an object',
    ],
    ["a webhook without url", '{"alerts": {"a": {"on": ["damaged"], "webhook": {}}}}', 49, 'has no "url"'],
    [
      "its address",
      '{"alerts": {"a": {"on": ["damaged"], "webhook": {"url": "ftp://x"}}}}',
      57,
      "does not begin with https://",
    ],
    [
      "its password",
      '{"alerts": {"a": {"on": ["damaged"], "webhook": {"url": "https://a:b@x"}}}}',
      57,
      "it has a password",
    ],
    [
      "repeat",
      '{"alerts": {"a": {"on": ["damaged"], "repeat": 1, "webhook": {"url": "https://x"}}}}',
      48,
      'none of "once", "always"',
    ],
    [
      "after",
      '{"alerts": {"a": {"on": ["run_slow"], "after": 1, "webhook": {"url": "https://x"}}}}',
      48,
      "has a after that cannot be read",
    ],
    ["lineage", '{"lineage": 1}', 13, '"lineage" must be an object'],
    ["a lineage", '{"lineage": {"x": {}}}', 14, '"lineage" has the unknown member "x"'],
    ["openlineage", '{"lineage": {"openlineage": 1}}', 29, '"openlineage" must be an object'],
    ["openlineage to nobody", '{"lineage": {"openlineage": {}}}', 29, 'has neither "file" nor "url"'],
    [
      "openlineage to two",
      '{"lineage": {"openlineage": {"file": "a", "url": "https://x"}}}',
      29,
      'has both "file" and "url"',
    ],
    ["a file outside", '{"lineage": {"openlineage": {"file": "../a"}}}', 38, "has a file that cannot be read"],
    ["a value", '{"queue": {"limits": [{"tag": "a", "value": 1, "limit": 1}]}}', 45, "has a value that is no text"],
  ] as const)("names the place of %s", (_, text, column, message) => {
    const { problems } = parseWorkspaceConfig(text);
    expect(problems).toEqual([{ line: 1, column, message: expect.stringContaining(message) }]);
  });

  test("leaves out what is wrong alone", () => {
    const { config } = parseWorkspaceConfig(
      '{"jobs": {"a": {"select": "*", "retries": "x"}, "b": {"select": "*"}}, "pools": {"x": "y", "z": 1}}',
    );
    expect([[...config.jobs.keys()], [...config.pools.keys()]]).toEqual([["b"], ["z"]]);
  });
});
