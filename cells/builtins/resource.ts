import { decodeArrow } from "../data/arrow.ts";
import { parseDsv } from "../data/dsv.ts";
import { AppError } from "../errors.ts";
import type { KernelHost } from "../protocol/host.ts";
import type { CellScope } from "./scoped.ts";
import { queryRows, type SqlTag } from "./sql-tag.ts";

/** What `fetch` of a resource may be told beside the path. */
interface FetchOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer, whole, in the manner of `Response`. */
interface FetchAnswer {
  readonly ok: boolean;
  readonly status: number;
  /** names in lower case */
  readonly headers: ReadonlyMap<string, string>;
  text(): Promise<string>;
  json(): Promise<unknown>;
  csv(options?: { readonly typed?: boolean | "auto"; readonly delimiter?: string }): Promise<unknown>;
  arrow(): Promise<unknown>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A resource as cells have it: `resource("shop")`, and `DatabaseClient("shop")` as Observable calls it. */
export interface ResourceClient {
  readonly sql: SqlTag;
  /** `?` stands for a value. */
  query(text: string, params?: readonly unknown[]): Promise<unknown>;
  queryRow(text: string, params?: readonly unknown[]): Promise<unknown>;
  /** Throws for no status: look at `ok`. */
  fetch(path: string, options?: FetchOptions): Promise<FetchAnswer>;
  /** What a bucket has of these names, as in `list("year=2024/*.csv")`; everything where nothing is said. */
  list(pattern?: string): Promise<readonly ListedFile[]>;
}

/** A file of a resource that has files. */
interface ListedFile {
  readonly name: string;
  readonly bytes: number;
  /** milliseconds since 1970 */
  readonly modifiedAt: number;
}

/** `resource("name")` of cells on the server. What it asks goes to the host: this place has no network and no secrets. */
export function resourceClient(host: KernelHost, scope: CellScope): (name: string) => ResourceClient {
  return (name) => {
    if (typeof name !== "string")
      throw new AppError(
        "usage",
        'a resource is named by a text, as in resource("shop"); cellar.json has it under that name',
      );
    const rows = (strings: readonly string[], params: readonly unknown[]): Promise<unknown> =>
      queryRows(host, scope, strings, params, [], [], name);
    const query = (text: string, params: readonly unknown[] = []): Promise<unknown> => {
      const strings = params.length === 0 ? [text] : text.split("?");
      if (strings.length !== params.length + 1)
        throw new AppError("usage", `the query has ${strings.length - 1} placeholders ? and ${params.length} values`);
      return rows(strings, params);
    };
    return {
      sql: (strings, ...params) => rows([...strings.raw], params),
      query,
      queryRow: async (text, params) => [...((await query(text, params)) as Iterable<unknown>)][0] ?? null,
      fetch: (path, options) => fetchFrom(host, scope, name, String(path), options),
      list: async (pattern = "") => {
        const answer = await fetchFrom(host, scope, name, String(pattern), { method: "LIST" });
        return (await answer.json()) as readonly ListedFile[];
      },
    };
  };
}

async function fetchFrom(
  host: KernelHost,
  { signal }: CellScope,
  resource: string,
  path: string,
  { method = "GET", headers = {}, body }: FetchOptions = {},
): Promise<FetchAnswer> {
  if (host.fetch === undefined) throw new AppError("forbidden", `resource ${resource} works on the server only`);
  const plain = Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, String(value)]));
  const answer = await host.fetch({ resource, path, method, headers: plain, body: body ?? null }, signal);
  const bytes = new Uint8Array(answer.bytes);
  const text = (): string => new TextDecoder().decode(bytes);
  return {
    ok: answer.status >= 200 && answer.status < 300,
    status: answer.status,
    headers: new Map(Object.entries(answer.headers)),
    text: async () => text(),
    json: async () => JSON.parse(text()) as unknown,
    csv: async ({ typed = "auto", delimiter = "," } = {}) => parseDsv(text(), { delimiter, typed }),
    arrow: async () => decodeArrow(bytes),
    arrayBuffer: async () => bytes.buffer,
  };
}
