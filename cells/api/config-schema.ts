import { type TSchema, Type } from "./schema.ts";

/** What an alert may be about. */
export const alertKinds = [
  "run_failed",
  "run_succeeded",
  "run_cancelled",
  "run_slow",
  "asset_failed",
  "check_failed",
  "check_warned",
  "freshness_failed",
  "freshness_warned",
  "tick_failed",
  "sensor_failed",
  "backfill_failed",
  "damaged",
] as const;

const closed = { additionalProperties: false } as const;

/** Every member optional but for those that are named; no others. */
function object<const R extends string>(
  description: string,
  required: readonly R[],
  members: Readonly<Record<string, TSchema>>,
) {
  const entries = Object.entries(members).map(([name, schema]) => [
    name,
    required.some((needed) => needed === name) ? schema : Type.Optional(schema),
  ]);
  return Type.Object(Object.fromEntries(entries) as Record<string, TSchema>, { ...closed, description });
}

function record(description: string, keys: string, values: TSchema) {
  return Type.Record(Type.String({ pattern: keys }), values, { ...closed, description });
}

function words(description: string, ...of: readonly string[]) {
  return Type.Union(
    of.map((word) => Type.Literal(word)),
    { description },
  );
}

const name = "^[A-Za-z][\\w-]{0,63}$";
const text = (description: string) => Type.String({ minLength: 1, description });
const flag = (description: string) => Type.Boolean({ description });
const whole = (description: string, minimum: number, maximum: number) =>
  Type.Integer({ minimum, maximum, description });
const texts = (description: string) => Type.Array(Type.String({ minLength: 1 }), { description });
const duration = (description: string) =>
  Type.String({
    pattern: "^\\s*(\\d+(\\.\\d+)?(ms|[smhdw]))+\\s*$",
    description: `${description}; 250ms, 10s, 5m, 2h, 1d`,
  });
const size = (description: string) =>
  Type.Union([Type.Number({ minimum: 1 }), Type.String({ pattern: "^\\d+(\\.\\d+)? ?(kB|MB|GB)$" })], {
    description: `${description}; bytes, or as in "50 MB"`,
  });

const secretName = Type.String({ pattern: "^[A-Z][A-Z0-9_]{0,63}$", description: "kept by cellar secret set NAME" });
const secret = Type.Object(
  { secret: secretName, prefix: Type.Optional(Type.String({ description: "stands before it, as in Bearer" })) },
  { ...closed, description: "the name of a secret" },
);
const setting = (description: string) => Type.Union([Type.String(), secret], { description });
const headers = Type.Record(Type.String({ pattern: "^[\\w!#$%&'*+.^`|~-]+$" }), Type.Union([Type.String(), secret]), {
  ...closed,
  description: "headers of each request: name → text, or the name of a secret",
});
const isPrivate = flag("whether it may be at an address of this machine or of a private network (false)");
const mailAddress = (description: string) => Type.String({ pattern: "^[^\\r\\n]*[^\\s<>]+@[^\\s<>]+>?$", description });

const rules = {
  retries: whole("how often a run that failed is followed by another one (0)", 0, 100),
  retryDelay: duration("how long after the failure"),
  retryFrom: words("what is done again (failure)", "failure", "all"),
};

const job = object("a selection with a name, and when it runs by itself", ["select"], {
  select: text('a selection, as in "tag:daily"; "*" is everything'),
  schedule: Type.Union([Type.String(), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })], {
    description: 'cron expressions; "partitions": at each end of a window of its partitions',
  }),
  timezone: Type.String({ description: "of its schedule (UTC)" }),
  catchup: Type.String({ description: "of ticks that were missed: latest, all, none, or a number" }),
  partition: Type.String({ description: '"ended", "ended -2", "last 3", a key, A..B or * (ended)' }),
  automation: Type.String({ description: 'a condition by which it runs whole, as in "any_job_roots(newly_updated)"' }),
  params: Type.Record(Type.String(), Type.Unknown(), { description: "name → value, for notebooks that declare them" }),
  tags: record("tags of its runs: name → text", "^[\\s\\S]+$", Type.String()),
  priority: whole("larger first in the queue (0)", -1_000_000, 1_000_000),
  timeout: duration("of one of its runs"),
  ...rules,
  description: text("for people"),
});

const common = {
  description: Type.Unknown({ description: "for people" }),
  notebooks: texts('globs of the notebooks that may use it, as in "sales/*"'),
  timeout: duration("of one query or request"),
  maxBytes: size("of one answer"),
};
const file = text("a file of the workspace");

const resource = Type.Union(
  [
    object("a SQLite file of the workspace, read only", ["kind", "file"], {
      kind: Type.Literal("sqlite"),
      file,
      ...common,
    }),
    object("a DuckDB file of the workspace, read only", ["kind", "file"], {
      kind: Type.Literal("duckdb"),
      file,
      ...common,
    }),
    object("what answers HTTP below one address", ["kind", "url"], {
      kind: Type.Literal("http"),
      url: Type.String({ pattern: "^https?://", description: "every request stays below it" }),
      headers,
      private: isPrivate,
      methods: texts("what it is asked with (GET)"),
      ...common,
    }),
    object("a database of a PostgreSQL server, read only", ["kind", "host", "database", "user"], {
      kind: Type.Literal("postgres"),
      host: text("the name of its server"),
      port: whole("(5432)", 1, 65_535),
      database: text("its name"),
      user: text("the role to log in with"),
      password: secret,
      tls: flag("whether it is encrypted (true but for this machine)"),
      ...common,
    }),
    object("a bucket of a server that speaks S3, read only", ["kind", "bucket"], {
      kind: Type.Literal("s3"),
      bucket: Type.String({ pattern: "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", description: "its name" }),
      region: Type.String({ pattern: "^[a-z0-9-]{1,40}$", description: "(us-east-1)" }),
      endpoint: Type.String({ pattern: "^https?://", description: "the server, where it is not Amazon's" }),
      prefix: text("what every name begins with"),
      pathStyle: flag("whether the bucket is a part of the path and not of the host (true with an endpoint)"),
      accessKey: secret,
      secretKey: secret,
      sessionToken: secret,
      private: isPrivate,
      ...common,
    }),
  ],
  { description: "a named connection to something outside" },
);

const queue = object("how runs are carried out", [], {
  concurrency: whole("how many runs at once (2)", 1, 1000),
  limits: Type.Array(
    object("at most so many runs at once with this tag", ["tag", "limit"], {
      tag: text("name of a tag"),
      value: Type.Union([Type.String({ minLength: 1 }), Type.Null()], {
        description: "its value; any where it is left out",
      }),
      limit: whole("how many", 0, 1000),
    }),
  ),
  stepTimeout: duration("of a step whose cell says none (30m)"),
  runTimeout: duration("of a run that says none"),
  ...rules,
});

const webhook = object("told by a POST with a JSON document", ["url"], {
  url: setting("an address, or the name of the secret that it is"),
  headers,
  private: isPrivate,
});

const alert = object("of what to tell whom", ["on"], {
  on: Type.Array(words("what it is about", ...alertKinds), { minItems: 1, description: "what it is about" }),
  select: Type.String({ description: "only of these assets, and of runs with a step of one" }),
  after: duration("from when on a run is slow (1h)"),
  repeat: words("of the same thing not again until it is well, or each time (once)", "once", "always"),
  recovery: flag("whether it is told too that it is well again (false)"),
  webhook,
  mail: Type.Union([
    Type.Array(mailAddress("who gets it"), { minItems: 1 }),
    object("who gets it", ["to"], {
      to: Type.Array(mailAddress("who gets it"), { minItems: 1 }),
      cc: Type.Array(mailAddress("who gets a copy"), { minItems: 1 }),
      from: mailAddress("who it is from"),
    }),
  ]),
});

const mail = object("the server that takes mails", ["host", "from"], {
  host: text("its name"),
  port: whole("(587; 465 with tls)", 1, 65_535),
  tls: words("how it is encrypted (starttls)", "starttls", "tls", "none"),
  user: text("the name to log in with"),
  password: secret,
  from: mailAddress("who mails are from"),
  private: isPrivate,
});

const lineage = object("where lineage is told to", [], {
  openlineage: object("in the words of OpenLineage, to a file or an address", [], {
    namespace: text("of its jobs and datasets (cellar)"),
    file,
    url: setting("an address, or the name of the secret that it is"),
    headers,
    private: isPrivate,
  }),
});

/**
 * What may stand in `cellar.json`, for editors. What it refuses, the reader of the server refuses too, with its place; that one also
 * reads selections, schedules and what members have to do with each other.
 */
export const ConfigSchema = Type.Object(
  {
    $schema: Type.Optional(Type.Unknown({ description: "where this schema is, for editors" })),
    address: Type.Optional(
      Type.String({ pattern: "^https?://", description: "where people reach the server, for links in alerts" }),
    ),
    files: Type.Optional(
      record(
        "large files from packages of npm: name → source",
        "^[^.][\\s\\S]*$",
        Type.String({
          pattern: "^npm:((?:@[\\w.-]+/)?[\\w.-]+)/([\\w./-]+)$",
          description: '"npm:package/path/in/package"',
        }),
      ),
    ),
    jobs: Type.Optional(record("name → job", name, job)),
    resources: Type.Optional(record("name → connection to something outside", name, resource)),
    pools: Type.Optional(
      record(
        "name → how many of its steps at once; * is for all others",
        "^(\\*|[\\p{L}\\p{N}_$][\\p{L}\\p{N}_$./-]*)$",
        whole("0 lets no step start", 0, 1000),
      ),
    ),
    queue: Type.Optional(queue),
    alerts: Type.Optional(record("name → rule", name, alert)),
    mail: Type.Optional(mail),
    lineage: Type.Optional(lineage),
  },
  {
    ...closed,
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "cellar.json",
    description: "what belongs to no notebook of a workspace",
  },
);
