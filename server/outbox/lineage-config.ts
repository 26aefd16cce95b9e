import { checkName } from "../workspace/paths.ts";
import { type ConfigNode, ConfigObject, type Report } from "../workspace/config-object.ts";
import { type Endpoint, readEndpoint } from "./endpoint.ts";

/** Where lineage is told to: a file of the workspace with an event a line, or an address. */
type OpenLineageTarget =
  { readonly type: "file"; readonly file: string } | { readonly type: "http"; readonly endpoint: Endpoint };

export interface OpenLineageConfig {
  readonly namespace: string;
  readonly target: OpenLineageTarget;
}

/** Reads the member `lineage` of `cellar.json`: `{"openlineage": {"namespace", "file"}}`, or with `url`, `headers`, `private`. */
export function readLineage(section: ConfigNode | undefined, report: Report): OpenLineageConfig | null {
  if (section === undefined) return null;
  const outer = new ConfigObject('"lineage"', section, report);
  if (section.type !== "object")
    return outer.wrong(section, 'must be an object, as in {"openlineage": {"file": "lineage.ndjson"}}');
  outer.knows(["openlineage"]);
  const node = outer.members.get("openlineage");
  if (node === undefined || outer.isWrong) return null;
  const read = new ConfigObject('"openlineage"', node, report);
  if (node.type !== "object") return read.wrong(node, 'must be an object, as in {"file": "lineage.ndjson"}');
  read.knows(["namespace", "file", "url", "headers", "private"]);
  const namespace = read.members.has("namespace") ? read.text("namespace", "a name") : "cellar";
  const [hasFile, hasUrl] = [read.members.has("file"), read.members.has("url")];
  if (hasFile === hasUrl)
    return read.wrong(
      node,
      hasFile ? 'has both "file" and "url"; keep one' : 'has neither "file" nor "url"; give it one',
    );
  const endpoint = hasUrl ? readEndpoint(read) : null;
  const file = hasFile ? read.parsed("file", "", checkName) : "";
  if (read.isWrong || namespace === null) return null;
  return { namespace, target: endpoint === null ? { type: "file", file } : { type: "http", endpoint } };
}
