const data = new Set(
  "aapl alphabet cars citywages diamonds flare industries miserables olympians penguins pizza weather".split(" "),
);
const trees = new Set(["miserables"]);
const libraries = new Set("L React ReactDOM duckdb echarts mapboxgl mermaid vl".split(" "));

/**
 * What to do about a name that Observable has and Cellar has not, because it is fetched from the network: its sample
 * data, and libraries that do not come with Cellar. Null for any other name.
 */
export function insteadOfNetwork(name: string): string | null {
  const fetched = (what: string): string =>
    `Observable fetches this ${what} from the network, which notebooks here do not reach`;
  if (data.has(name)) {
    const [file, read] = trees.has(name) ? [`${name}.json`, "json()"] : [`${name}.csv`, "csv({typed: true})"];
    return `${fetched("sample data")}; put ${file} beside the notebook and write const ${name} = FileAttachment("${file}").${read}`;
  }
  if (libraries.has(name))
    return `${fetched("library")}; save its module beside the notebook and write import ${name} from "./${name}.js"`;
  return null;
}
