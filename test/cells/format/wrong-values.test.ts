// Long because it is a table: wrong values that a person is likely to write, what is said of each, and where.
import { describe, expect, it } from "vitest";
import { diagnosticPlace } from "../../../cells/format/place.ts";
import { parseNotebook } from "../../../cells/format/parse.ts";
import { buildGraph } from "../../../cells/graph/build.ts";
import { quote } from "../../../cells/model/quote.ts";

/** A notebook with these attributes in the tag that is meant: of its second cell, or its own. */
const inCell = (type: string, source: string) => (attributes: string) =>
  `<notebook id="n">
  <script id="1" type="application/sql" output="orders">select 1 as id</script>
  <script id="2" ${type} ${attributes}>
    ${source}
  </script>
</notebook>`;
const asset = inCell('type="application/sql" output="a"', "select * from orders");
const cell = inCell('type="application/sql"', "select 1");
const typed = inCell("", "1");
const sensor = inCell('type="module"', "({run: {}})");
const loader = inCell('type="application/vnd.node.javascript"', "1");
const text = inCell('type="text/markdown"', "# hi");
const notebook = (attributes: string) =>
  `<notebook
  ${attributes}>
  <script id="1" type="application/sql" output="orders">select 1 as id</script>
</notebook>`;

/**
 * Attributes as written, with ▸ where the sentence points, and the sentence: of an error, what stands behind
 * `invalid NAME: "VALUE" (cell 2): `, else the whole, with its severity.
 */
type Row = readonly [attributes: string, sentence: string];

// prettier-ignore
const tables: readonly (readonly [what: string, make: (attributes: string) => string, rows: readonly Row[]])[] = [
  ["an asset", asset, [
    ["▸store=\"\"", "write auto, parquet, json, view or none"],
    ["▸store=\"parquett\"", "did you mean parquet? write auto, parquet, json, view or none"],
    ["▸store=\"Parquet\"", "did you mean parquet? write auto, parquet, json, view or none"],
    ["▸store=\"csv\"", "write auto, parquet, json, view or none"],
    ["▸store=\"view\u0007\"", "did you mean view? write auto, parquet, json, view or none"],
    ["partitions=\"▸\"", "there is no definition; write hourly, daily, weekly, monthly, cron(\"…\"), static or dynamic"],
    ["partitions=\"▸daily\"", "daily has no beginning; write from=, as daily from=2024-01-01"],
    ["partitions=\"▸dayly from=2024-01-01\"", "unknown kind of partitions: \"dayly\"; did you mean daily? write hourly, daily, weekly, monthly, cron(\"…\"), static or dynamic"],
    ["partitions=\"▸yearly from=2024-01-01\"", "unknown kind of partitions: \"yearly\"; write hourly, daily, weekly, monthly, cron(\"…\"), static or dynamic"],
    ["partitions=\"daily from=▸2024-13-01\"", "\"2024-13-01\" does not exist; write a day of the calendar, as 2024-01-31"],
    ["partitions=\"daily from=▸soon\"", "\"soon\" is no date; write 2024-01-31 or 2024-01-31T06:00"],
    ["partitions=\"daily from=2024-01-01 to=▸2023-01-01\"", "to=2023-01-01 is not after from=2024-01-01; write a later end"],
    ["partitions=\"daily from=2024-01-01 tz=▸Berlin\"", "\"Berlin\" is no time zone; did you mean Europe/Berlin? write an IANA name, as Europe/Berlin or UTC"],
    ["partitions=\"daily from=2024-01-01 ▸fromm=2024\"", "unknown option of daily: \"fromm\"; did you mean from? write from=, to=, tz=, offset=, format=, exclude="],
    ["partitions=\"daily ▸2024-01-01\"", "unknown option of daily: \"2024-01-01\"; write from=, to=, tz=, offset=, format=, exclude="],
    ["partitions=\"weekly ▸from=\"", "the option from has no value; write it behind from= or take it out"],
    ["partitions=\"daily from=2024-01-01 ▸from=2024-01-02\"", "the option from stands twice; take one out"],
    ["partitions=\"daily from=2024-01-01 offset=▸x\"", "invalid offset: \"x\"; write a number of windows, as 1 or -1"],
    ["partitions=\"daily from=2024-01-01 format=▸%Q\"", "invalid format: \"%Q\"; write a pattern of %Y %m %d %H %M %S %j %G %V %z that has a year"],
    ["partitions=\"daily from=2024-01-01 exclude=2024-01-06,▸2024-99-99\"", "\"2024-99-99\" does not exist; write a day of the calendar, as 2024-01-31"],
    ["partitions=\"cron(▸&quot;61 * * * *&quot;) from=2024-01-01\"", "cron \"61 * * * *\": invalid minute: \"61\"; write 0 to 59, *, ranges (a-b), lists (a,b) or steps (*/n)"],
    ["partitions=\"▸static\"", "static has no keys; write them behind it, as static eu us asia"],
    ["partitions=\"static eu us ▸eu\"", "the key \"eu\" stands twice; take one out"],
    ["partitions=\"static ▸eu|us\"", "invalid key: \"eu|us\"; a key is not empty and has neither \"|\" nor \"..\""],
    ["partitions=\"static eu ▸\u0001\"", "invalid key: \"\\u0001\"; a key has no control character; take it out"],
    ["partitions=\"static eu ▸from=2024-01-01\"", "static takes keys alone, not the option \"from=2024-01-01\"; quote a key with \"=\""],
    ["partitions=\"static ▸'eu\"", "a ' is never closed; write another '"],
    ["partitions=\"static eu▸)\"", "there is a \")\" without its \"(\"; take it out or open it"],
    ["partitions=\"▸dynamic\"", "dynamic takes one name, not \"\"; write it as dynamic customers"],
    ["partitions=\"dynamic ▸a b\"", "dynamic takes one name, not \"a b\"; write it as dynamic customers"],
    ["partitions=\"date: daily from=2024-01-01; ▸date: static eu\"", "two dimensions are named \"date\"; rename one"],
    ["partitions=\"date: daily from=2024-01-01; ▸static eu\"", "\"static eu\" has no name; name each of several dimensions, as region: static eu us"],
    ["partitions=\"date:▸; region: static eu\"", "a dimension has no definition; write hourly, daily, weekly, monthly, cron(\"…\"), static or dynamic"],
    ["▸upstream=\"\"", "it is empty; write an input and its mapping, as orders: last 7, or take it out"],
    ["upstream=\"▸orders\"", "\"orders\" names no input; write it as orders: last 7"],
    ["upstream=\"orders: ▸first\"", "\"first\" is no mapping; write all, same, latest, last 7, window, offset -1..0, specific KEY…, map UPSTREAM=KEY…, dimension NAME [mapping], dimensions UPSTREAM=NAME [mapping], … or function NAME; behind it, allow missing"],
    ["upstream=\"orders: ▸lastest\"", "\"lastest\" is no mapping; did you mean latest? write all, same, latest, last 7, window, offset -1..0, specific KEY…, map UPSTREAM=KEY…, dimension NAME [mapping], dimensions UPSTREAM=NAME [mapping], … or function NAME; behind it, allow missing"],
    ["upstream=\"orders: last ▸0\"", "last takes a number above zero, not \"0\"; write it as last 7"],
    ["upstream=\"orders: last ▸x\"", "last takes a number above zero, not \"x\"; write it as last 7"],
    ["upstream=\"orders: last 7; ▸orders: all\"", "the input \"orders\" stands twice; take one out"],
    ["upstream=\"▸: all\"", "\": all\" names no input; write it as orders: last 7"],
    ["upstream=\"▸nobody: all\"", "this cell reads no nobody; it reads orders"],
    ["upstream=\"▸order: all\"", "this cell reads no order; did you mean orders? it reads orders"],
    ["upstream=\"orders: all; ▸nobody: same\"", "this cell reads no nobody; it reads orders"],
    ["upstream=\"orders: offset ▸3..1\"", "offset 3..1 runs backwards; write offset 1..3"],
    ["upstream=\"orders: offset ▸soon\"", "offset takes numbers of windows, not \"soon\"; write it as offset -1 or offset -1..0"],
    ["upstream=\"orders: ▸map\"", "map has no keys; write them behind it, as map de=eu fr=eu"],
    ["upstream=\"orders: map ▸a\"", "map takes pairs, not \"a\"; write upstream=key, as map de=eu"],
    ["upstream=\"orders: ▸specific\"", "specific has no keys; write them behind it, as specific 2024-01-01"],
    ["upstream=\"orders: same ▸same\"", "same stands alone, not before \"same\"; take that out"],
    ["upstream=\"orders: dimension ▸1\"", "dimension takes a name, not \"1\"; write it as dimension date"],
    ["upstream=\"orders: dimensions a, ▸a\"", "the dimension \"a\" stands twice; take one out"],
    ["upstream=\"orders: dimensions ▸a=b=c\"", "dimensions takes names, not \"a=b=c\"; write them as dimensions day=week window, region same"],
    ["upstream=\"orders: dimension a ▸dimension b\"", "a dimension has no dimensions of its own: \"dimension b\"; write a mapping, as last 7"],
    ["upstream=\"orders: ▸function\"", "function takes the name of a function of this notebook, not \"\"; write it as function quarter"],
    ["upstream=\"orders: function ▸2\"", "function takes the name of a function of this notebook, not \"2\"; write it as function quarter"],
    ["upstream=\"orders: function a ▸b\"", "function takes one name, not \"b\" too; take that out"],
    ["upstream=\"orders: dimension a ▸function b\"", "a function answers for whole keys and not for one dimension; write \"function b\" alone"],
    ["upstream=\"orders: function ▸b\"", "this notebook defines no function b; write it in a JavaScript cell"],
    ["▸after=\"\"", "it is empty; write something or take it out"],
    ["after=\"▸orders/\"", "\"orders/\" is no name of an asset; write it as orders, or sales/orders"],
    ["after=\"orders ▸orders\"", "\"orders\" stands twice; take one out"],
    ["after=\"▸order\"", "this notebook defines no asset order; did you mean orders? it defines orders, a"],
    ["after=\"orders ▸a\"", "nothing comes after itself; take a out"],
    ["after=\"▸../../x\"", "\"../../x\" leaves the workspace; write a path inside it"],
    ["automation=\"▸\"", "it is empty; write a condition, as eager or on_cron(…), or take it out"],
    ["automation=\"▸egaer\"", "there is no condition \"egaer\" (column 1); did you mean eager? write one of eager, on_missing, handled, newly_missing, in_progress, any_deps_updated, any_deps_missing, any_deps_in_progress, all_deps_blocking_checks_passed, on_cron, all_deps_updated_since_cron, manual, missing, run_in_progress, backfill_in_progress, execution_failed, newly_updated, newly_requested, code_version_changed, code_version_outdated, data_version_changed, will_be_requested, initial_evaluation, check_passed, check_failed, executed_with_root_target, freshness_passed, freshness_warned, freshness_failed, any_deps, all_deps, any_checks, all_checks, any_job_roots, all_job_roots, cron_tick_passed, in_latest_time_window, executed_with_tags, signal, asset_matches, any_downstream_conditions"],
    ["automation=\"eager &amp;▸\"", "the end at column 8; write a condition, as missing or on_cron(…) there"],
    ["automation=\"(eager▸\"", "the end at column 7; write \")\" there"],
    ["automation=\"eager▸)\"", "\")\" at column 6; write an operator (and or or) or the end there"],
    ["automation=\"eager ▸missing\"", "\"missing\" at column 7; write an operator (and or or) or the end there"],
    ["automation=\"eager▸; drop\"", "\";\" at column 6; write a condition, and, or, not, . or parentheses there"],
    ["automation=\"on_cron▸\"", "the end at column 8; write its cron, as on_cron(\"0 6 * * *\") there"],
    ["automation=\"on_cron(▸daily)\"", "\"daily\" at column 9; write a quoted cron, as \"0 6 * * *\" there"],
    ["automation=\"on_cron(▸&quot;61 * * * *&quot;)\"", "cron \"61 * * * *\": invalid minute: \"61\"; write 0 to 59, *, ranges (a-b), lists (a,b) or steps (*/n) (column 9)"],
    ["automation=\"eager.▸\"", "the end at column 7; write the name of a method behind \".\" there"],
    ["automation=\"eager.▸withot(missing)\"", "there is no method \"withot\" (column 7); did you mean without? write one of newly_true, since, since_last_handled, allow, ignore, without, replace, label"],
    ["automation=\"any_deps_match(▸)\"", "\")\" at column 16; write a condition, as missing or on_cron(…) there"],
    ["automation=\"in_latest_time_window(▸5)\"", "\"5\" is no duration; write 250ms, 10s, 5m, 2h or 1d (column 23)"],
    ["automation=\"eager\nand missing.▸x\"", "there is no method \"x\" (column 19); write one of newly_true, since, since_last_handled, allow, ignore, without, replace, label"],
    ["automation=\"eager.allow(tag:▸)\"", "tag needs a value, not the end; write a word, or \"text in quotes\" (column 17)"],
    ["▸check=\"\"", "write one name of letters, digits, _ - . and /"],
    ["▸check=\"a b\"", "write one name of letters, digits, _ - . and /"],
    ["▸check=\"nobody\"", "this notebook defines no asset nobody; there are orders"],
    ["▸check=\"order\"", "this notebook defines no asset order; did you mean orders? there are orders"],
    ["▸check=\"other/orders\"", "a check stands in the notebook of its asset; move this cell to other"],
    ["▸severity=\"fatal\"", "write error or warn"],
    ["▸severity=\"WARN\"", "did you mean warn? write error or warn"],
    ["▸blocking=\"maybe\"", "write the attribute alone, or true or false"],
    ["expect=\"▸\"", "it is empty; there are not_null(id), unique(id), accepted(status: new, paid), relationship(customer -> customers.id), between(price, 0, 100), rows(> 0) and schema_unchanged (column 1)"],
    ["expect=\"▸;\"", "it is empty; there are not_null(id), unique(id), accepted(status: new, paid), relationship(customer -> customers.id), between(price, 0, 100), rows(> 0) and schema_unchanged (column 1)"],
    ["expect=\"▸not_nul(id)\"", "\"not_nul\" is no rule; did you mean not_null? there are not_null(id), unique(id), accepted(status: new, paid), relationship(customer -> customers.id), between(price, 0, 100), rows(> 0) and schema_unchanged (column 1)"],
    ["expect=\"not_null▸\"", "the end stands where ( is wanted; write what not_null is about in parentheses (column 9)"],
    ["expect=\"not_null(▸)\"", "\")\" is no name of a column; quote one that is no word (column 10)"],
    ["expect=\"not_null(id▸\"", "the end stands where ) is wanted; end not_null with a ) (column 12)"],
    ["expect=\"unique(id); ▸unique(id)\"", "unique(id) stands twice; take one out (column 13)"],
    ["expect=\"between(x, ▸5, 1)\"", "nothing is between 5 and 1; write the smaller first (column 12)"],
    ["expect=\"rows(> ▸x)\"", "\"x\" is no number of rows; write a whole one, as in rows(> 0) or rows(1..100) (column 8)"],
    ["expect=\"accepted(status▸)\"", "\")\" stands where : is wanted; write the column, a colon and the values, as in accepted(status: new, paid) (column 16)"],
    ["expect=\"relationship(id -> ▸b)\"", "name an asset and its column, as in customers.id (column 20)"],
    ["expect=\"relationship(id -> ▸order.id)\"", "this notebook defines no asset order; did you mean orders? another's is written notebook.order"],
    ["expect=\"rows(> 0) ▸unique(id)\"", "\"unique\" stands where ; is wanted; part rules by ; (column 11)"],
    ["expect=\"▸warn not_null(id)\"", "a severity ends in a colon; write warn: before the rule (column 1)"],
    ["expect=\"▸'x\"", "a ' is never closed; write another ' (column 1)"],
    ["fresh=\"▸\"", "it is empty; write within 24h, within 24h warn 20h, or by \"0 9 * * *\" within 3h (column 1)"],
    ["fresh=\"▸24h\"", "\"24h\" is no policy; write within 24h, within 24h warn 20h, or by \"0 9 * * *\" within 3h (column 1)"],
    ["fresh=\"within ▸soon\"", "\"soon\" is no duration; write 250ms, 10s, 5m, 2h or 1d (column 8)"],
    ["fresh=\"within ▸24hours\"", "\"24hours\" is no duration; did you mean 24h? write 250ms, 10s, 5m, 2h or 1d (column 8)"],
    ["fresh=\"within 1h warn ▸2h\"", "it would warn after 2h, when it has failed; write less than 1h (column 16)"],
    ["fresh=\"by ▸&quot;0 9 * *&quot; within 3h\"", "\"0 9 * *\" is no cron expression: it has 4 fields; write five (minute hour day month weekday), or six with seconds first (column 4)"],
    ["fresh=\"by ▸within 3h\"", "there is no cron; write by \"0 9 * * *\" within 3h (column 4)"],
    ["fresh=\"by &quot;0 9 * * *&quot;▸\"", "there is no \"within\"; write by \"0 9 * * *\" within 3h (column 15)"],
    ["fresh=\"within▸\"", "there is no duration behind within; write one, as 24h (column 7)"],
    ["fresh=\"within ▸0s\"", "the duration is zero; write one above it, as 10s (column 8)"],
    ["▸retries=\"\"", "write a whole number from 0 to 1000"],
    ["▸retries=\"-1\"", "write a whole number from 0 to 1000"],
    ["▸retries=\"2.5\"", "write a whole number from 0 to 1000"],
    ["▸retries=\"1001\"", "write a whole number from 0 to 1000"],
    ["▸timeout=\"\"", "\"\" is no duration; write 250ms, 10s, 5m, 2h or 1d"],
    ["▸timeout=\"0s\"", "the duration is zero; write one above it, as 10s"],
    ["▸timeout=\"5\"", "\"5\" is no duration; write 250ms, 10s, 5m, 2h or 1d"],
    ["▸timeout=\"5min\"", "\"5min\" is no duration; did you mean 5m? write 250ms, 10s, 5m, 2h or 1d"],
    ["▸timeout=\"forever\"", "\"forever\" is no duration; write 250ms, 10s, 5m, 2h or 1d"],
    ["▸pool=\"\"", "write one name of letters, digits, _ - . and /"],
    ["▸pool=\"a b\"", "write one name of letters, digits, _ - . and /"],
    ["▸priority=\"high\"", "write a whole number from -1000000 to 1000000"],
    ["▸priority=\"9999999\"", "write a whole number from -1000000 to 1000000"],
    ["▸retain=\"\"", "write an age, as 400d, or a number of versions, as 20 versions"],
    ["▸retain=\"0 versions\"", "write a number of versions above zero, as 20 versions"],
    ["▸retain=\"20\"", "write an age, as 400d, or a number of versions, as 20 versions"],
    ["▸retain=\"many versions\"", "write a number of versions above zero, as 20 versions"],
    ["▸retain=\"400 days\"", "\"400 days\" is no duration; did you mean 400d? write 250ms, 10s, 5m, 2h or 1d"],
    ["▸retain=\"0d\"", "the duration is zero; write one above it, as 10s"],
    ["▸run=\"\"", "write auto, visible, manual, confirm, server or frozen"],
    ["▸run=\"never\"", "write auto, visible, manual, confirm, server or frozen"],
    ["▸run=\"Manual\"", "did you mean manual? write auto, visible, manual, confirm, server or frozen"],
    ["▸test=\"\"", "write one name of letters, digits, _ - . and /"],
    ["▸test=\"a b\"", "write one name of letters, digits, _ - . and /"],
    ["▸test=\"nobody\"", "this notebook defines no asset nobody; there are orders"],
    ["▸test=\"order\"", "this notebook defines no asset order; did you mean orders? there are orders"],
    ["▸tags=\"\"", "it is empty; write something or take it out"],
    ["tags=\"▸=x\"", "a tag has no name: \"=x\"; write name or name=value"],
    ["tags=\"a=1 ▸a=2\"", "the tag a stands twice; take one out"],
    ["tags=\"a▸'b\"", "a ' is never closed; write another '"],
    ["tags=\"x ▸a\u0001b\"", "invalid name of a tag: \"a\\u0001b\"; write letters, digits, _ - . and /"],
    ["tags=\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx y ▸'z\"", "a ' is never closed; write another '"],
    ["▸owners=\"\"", "it is empty; write something or take it out"],
    ["owners=\"ann ▸&quot;ada\"", "a \" is never closed; write another \""],
    ["owners=\"ada bob ▸ada\"", "the owner \"ada\" stands twice; take one out"],
    ["▸group=\"\"", "it is empty; write something or take it out"],
    ["group=\"a▸\u0001\"", "it has a control character; take it out"],
    ["▸description=\" \"", "it is empty; write something or take it out"],
    ["▸delay=\"10\"", "\"10\" is no duration; write 250ms, 10s, 5m, 2h or 1d"],
    ["▸delay=\"10 s\"", "\"10 s\" is no duration; did you mean 10s? write 250ms, 10s, 5m, 2h or 1d"],
    ["▸backoff=\"expontential\"", "did you mean exponential? write constant, linear or exponential"],
    ["▸jitter=\"plusminus\"", "did you mean plus-minus? write none, full or plus-minus"],
  ]],
  ["a cell of any kind", cell, [
    ["▸output=\"1x\"", "write a JavaScript name of letters, digits, _ and $, as orders"],
    ["▸output=\"a b\"", "write a JavaScript name of letters, digits, _ and $, as orders"],
    ["▸output=\"class\"", "it is a word of JavaScript, so no cell could read it; choose another, as orders"],
    ["▸output=\"Map\"", "it is a global of JavaScript, which no cell may define; choose another, as orders"],
    ["output=\"a\" ▸pinned=\"false\"", "warning: pinned=\"false\" counts as pinned (cell 2): it is so by being there; take it out"],
    ["output=\"a\" ▸hidden=\"no\"", "warning: hidden=\"no\" counts as hidden (cell 2): it is so by being there; take it out"],
    ["output=\"a\" ▸retries=\"3\" retries=\"5\"", "warning: retries stands twice in its tag (cell 2): the first counts, \"3\"; take the other out"],
    ["output=\"a\" ▸retrys=\"3\"", "warning: unknown attribute retrys (cell 2): it does nothing; did you mean retries?"],
    ["output=\"a\" ▸partiton=\"daily from=2024-01-01\"", "warning: unknown attribute partiton (cell 2): it does nothing; did you mean partitions?"],
    ["output=\"a\" ▸time-out=\"5s\"", "warning: unknown attribute time-out (cell 2): it does nothing; did you mean timeout?"],
    ["output=\"a\" ▸cron=\"0 6 * * *\"", "warning: unknown attribute cron (cell 2): it does nothing; take it out, or write it as data-… if it is yours"],
    ["output=\"a\" ▸schedule=\"0 6 * * *\"", "warning: schedule does nothing here (cell 2): it belongs to <notebook>"],
  ]],
  ["its type", typed, [
    ["▸type=\"sql\"", "warning: a cell of type \"sql\" is shown and never executed here; did you mean \"application/sql\"? use a JavaScript or SQL cell for what Cellar should compute"],
    ["▸type=\"text/x-sql\"", "warning: a cell of type \"text/x-sql\" is shown and never executed here; did you mean \"application/sql\"? use a JavaScript or SQL cell for what Cellar should compute"],
    ["▸type=\"text/javascript\"", "warning: a cell of type \"text/javascript\" is shown and never executed here; did you mean \"module\"? use a JavaScript or SQL cell for what Cellar should compute"],
    ["▸type=\"application/SQL\"", "warning: a cell of type \"application/SQL\" is shown and never executed here; did you mean \"application/sql\"? use a JavaScript or SQL cell for what Cellar should compute"],
    ["▸type=\"Markdown\"", "warning: a cell of type \"Markdown\" is shown and never executed here; did you mean \"text/markdown\"? use a JavaScript or SQL cell for what Cellar should compute"],
    ["▸type=\"text/x-unknown\"", "warning: a cell of type \"text/x-unknown\" is shown and never executed here; use a JavaScript or SQL cell for what Cellar should compute"],
  ]],
  ["a sensor", sensor, [
    ["▸sensor=\"\"", "write one name of letters, digits, _ - . and /"],
    ["sensor=\"▸a/b\"", "the name of a sensor has no /, and \"a/b\" has one"],
    ["sensor=\"x:▸\"", "there is nothing behind the colon; write cron 0 6 * * *, file inbox/*.csv, webhook secret=NAME, asset SELECTION or run failed, or the name alone without a colon"],
    ["sensor=\"x: ▸fil inbox/*\"", "\"fil\" is nothing that wakes a sensor; did you mean file? write cron 0 6 * * *, file inbox/*.csv, webhook secret=NAME, asset SELECTION or run failed, or the name alone for one that its code decides"],
    ["sensor=\"x: ▸file\"", "file needs names; write file inbox/*.csv"],
    ["sensor=\"x: file ▸../x\"", "\"../x\" leaves the workspace; write names from its root, as inbox/*.csv"],
    ["sensor=\"x: ▸webhook\"", "a webhook needs a secret that its callers know; write webhook secret=NAME and give it by cellar secret set NAME"],
    ["sensor=\"x: webhook ▸secret=lower\"", "\"secret=lower\" is no option of webhook; write secret=NAME (capital letters, the name of a secret) and, where the caller signs, signature=HEADER"],
    ["sensor=\"x: ▸asset\"", "asset needs a selection; write asset sales/orders"],
    ["sensor=\"x: asset ▸(\"", "a \"(\" is never closed; write its \")\""],
    ["sensor=\"x: ▸run\"", "run needs an end; write run succeeded, run failed, run cancelled, run ended"],
    ["sensor=\"x: run ▸fialed\"", "\"fialed\" is no end of a run; did you mean failed? write run succeeded, run failed, run cancelled, run ended"],
    ["sensor=\"x: run failed ▸if\"", "after run failed write nothing, or of and a selection: run failed of sales/*"],
    ["sensor=\"x: run failed of ▸(\"", "a \"(\" is never closed; write its \")\""],
    ["sensor=\"s\" ▸every=\"\"", "\"\" is no duration; write 250ms, 10s, 5m, 2h or 1d"],
    ["sensor=\"s\" ▸every=\"often\"", "\"often\" is no duration; write 250ms, 10s, 5m, 2h or 1d"],
    ["sensor=\"s\" ▸every=\"100ms\"", "a sensor is evaluated once a second at most; write 1s or more"],
    ["sensor=\"s\" ▸select=\"\"", "it is empty; write a selection, as \"+sales/report\", or take it out"],
    ["sensor=\"s\" select=\"(▸\"", "expected an asset, not the end"],
    ["sensor=\"s\" select=\"a or ▸or b\"", "expected an asset, not the operator or"],
    ["sensor=\"s\" ▸partitions=\"static a\"", "warning: partitions does nothing here (cell 2): the cell is a sensor and no asset; take it out"],
  ]],
  ["a data loader", loader, [
    ["▸format=\"\"", "write text, blob, buffer, json, csv, tsv, jpeg, png, webp, gif, svg, xml, arrow, parquet or html"],
    ["▸format=\"xlsx\"", "write text, blob, buffer, json, csv, tsv, jpeg, png, webp, gif, svg, xml, arrow, parquet or html"],
    ["▸format=\"jsonn\"", "did you mean json? write text, blob, buffer, json, csv, tsv, jpeg, png, webp, gif, svg, xml, arrow, parquet or html"],
    ["▸since=\"\"", "it is no date; write one as 2026-01-31 or 2026-01-31T06:00:00Z"],
    ["▸since=\"yesterday\"", "it is no date; write one as 2026-01-31 or 2026-01-31T06:00:00Z"],
    ["▸since=\"2024-02-31\"", "2024-02-31 does not exist; write a day of the calendar, as 2026-01-31"],
    ["▸since=\"1\"", "it is no date; write one as 2026-01-31 or 2026-01-31T06:00:00Z"],
  ]],
  ["attributes that do nothing", asset, [
    ["▸severity=\"warn\"", "warning: severity does nothing here (cell 2): it belongs to a cell with check or expect"],
    ["▸blocking", "warning: blocking does nothing here (cell 2): it belongs to a cell with check or expect"],
    ["▸delay=\"10s\"", "warning: delay does nothing here (cell 2): it is about trying again; add retries=\"3\" or take it out"],
    ["retries=\"3\" ▸backoff=\"linear\"", "warning: backoff does nothing here (cell 2): there is no delay to change; add delay=\"10s\" or take it out"],
    ["▸every=\"5s\"", "warning: every does nothing here (cell 2): it belongs to a cell with sensor"],
    ["▸select=\"a\"", "warning: select does nothing here (cell 2): it belongs to a cell with sensor"],
    ["▸format=\"csv\"", "warning: format does nothing here (cell 2): it belongs to a data loader, which Cellar shows and never executes"],
    ["▸since=\"2024-01-01\"", "warning: since does nothing here (cell 2): it belongs to a data loader, which Cellar shows and never executes"],
    ["store=\"view\" ▸automation=\"eager\"", "warning: automation does nothing here (cell 2): a is never stored; put it on what reads it"],
    ["store=\"view\" ▸retain=\"1d\"", "warning: retain does nothing here (cell 2): a is never stored; put it on what reads it"],
    ["check=\"orders\" ▸store=\"parquet\"", "warning: store does nothing here (cell 2): the cell is a check and no asset; take it out"],
    ["check=\"orders\" ▸partitions=\"static a\"", "warning: partitions does nothing here (cell 2): a check has those of its asset; take it out"],
    ["test=\"orders\" ▸retain=\"1d\"", "warning: retain does nothing here (cell 2): the cell is a test and no asset; take it out"],
    ["▸sensor=\"s\"", "a sensor's code is JavaScript, and this cell is sql; write it in a JavaScript cell"],
    ["check=\"orders\" ▸test=\"orders\"", "a cell is a test, a check or a sensor, not two of them"],
  ]],
  ["text", text, [
    ["▸check=\"orders\"", "only a SQL or JavaScript cell can be a check"],
    ["▸test=\"orders\"", "only a SQL or JavaScript cell can be a test"],
    ["▸expect=\"not_null(id)\"", "this cell defines no asset; give it an output"],
    ["▸partitions=\"static a\"", "warning: partitions does nothing here (cell 2): this cell defines no asset; give it an output"],
    ["▸retries=\"3\"", "warning: retries does nothing here (cell 2): this cell defines no asset; give it an output"],
    ["▸database=\"shop\"", "warning: database does nothing here (cell 2): it belongs to a SQL cell"],
    ["▸automation=\"eager\"", "warning: automation does nothing here (cell 2): this cell defines no asset; give it an output"],
  ]],
  ["a notebook", notebook, [
    ["▸schedule=\"\"", "it is empty; write a cron expression, as \"0 6 * * *\", or take it out"],
    ["▸schedule=\";\"", "it is empty; write a cron expression, as \"0 6 * * *\", or take it out"],
    ["schedule=\"▸0 6 * *\"", "\"0 6 * *\" is no cron expression: it has 4 fields; write five (minute hour day month weekday), or six with seconds first"],
    ["schedule=\"▸61 * * * *\"", "cron \"61 * * * *\": invalid minute: \"61\"; write 0 to 59, *, ranges (a-b), lists (a,b) or steps (*/n)"],
    ["schedule=\"0 6 * * *; ▸x\"", "\"x\" is no cron expression: it has 1 field; write five (minute hour day month weekday), or six with seconds first"],
    ["schedule=\"▸@dayly\"", "\"@dayly\" is no cron nickname; did you mean @daily? write one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly"],
    ["schedule=\"▸0 6 31 2 *\"", "cron \"0 6 31 2 *\" never happens: no such day in that month; choose another day"],
    ["schedule=\"▸0 6 * * * * *\"", "\"0 6 * * * * *\" is no cron expression: it has 7 fields; write five (minute hour day month weekday), or six with seconds first"],
    ["▸timezone=\"\"", "\"\" is no time zone; write an IANA name, as Europe/Berlin or UTC"],
    ["▸timezone=\"Berlin\"", "\"Berlin\" is no time zone; did you mean Europe/Berlin? write an IANA name, as Europe/Berlin or UTC"],
    ["▸timezone=\"UTC+1\"", "\"UTC+1\" is no time zone; write an IANA name, as Europe/Berlin or UTC"],
    ["▸catchup=\"\"", "write latest, all, none or a number of ticks, as 5"],
    ["▸catchup=\"some\"", "write latest, all, none or a number of ticks, as 5"],
    ["▸catchup=\"0\"", "write latest, all, none or a number of ticks, as 5"],
    ["▸catchup=\"All\"", "did you mean all? write latest, all, none or a number of ticks, as 5"],
    ["▸params=\"\"", "it is empty; write an object, as {\"year\": 2026}, or take it out"],
    ["▸params=\"[1]\"", "it is no JSON object; write names with their defaults, as {\"year\": 2026}"],
    ["params=\"{&quot;year&quot;: 2026, ▸&quot;a b&quot;: 1}\"", "invalid name of a parameter: \"a b\"; write an identifier, as year"],
    ["▸params=\"null\"", "it is no JSON object; write names with their defaults, as {\"year\": 2026}"],
    ["▸hosts=\"\"", "it is empty; write something or take it out"],
    ["hosts=\"a.org ▸https://example.com/x\"", "invalid host: \"https://example.com/x\"; write hosts alone, as api.example.com, *.example.org or localhost:8080"],
    ["hosts=\"▸*.*.com\"", "invalid host: \"*.*.com\"; write hosts alone, as api.example.com, *.example.org or localhost:8080"],
    ["hosts=\"▸localhost:99999\"", "invalid host: \"localhost:99999\"; write hosts alone, as api.example.com, *.example.org or localhost:8080"],
    ["hosts=\"▸*\"", "invalid host: \"*\"; write hosts alone, as api.example.com, *.example.org or localhost:8080"],
    ["hosts=\"▸-a.com\"", "invalid host: \"-a.com\"; write hosts alone, as api.example.com, *.example.org or localhost:8080"],
    ["tags=\"a ▸=x\"", "a tag has no name: \"=x\"; write name or name=value"],
    ["owners=\"ann ▸'ada\"", "a ' is never closed; write another '"],
    ["▸description=\"\"", "it is empty; write something or take it out"],
    ["▸theme=\"neon\"", "warning: unknown theme: \"neon\" (notebook); there are air, coffee, cotton, deep-space, glacier, ink, midnight, near-midnight, ocean-floor, parchment, slate, stark, sun-faded"],
    ["▸theme=\"air nigth\"", "warning: unknown theme: \"nigth\" (notebook); there are air, coffee, cotton, deep-space, glacier, ink, midnight, near-midnight, ocean-floor, parchment, slate, stark, sun-faded"],
    ["▸readonly=\"false\"", "warning: readonly=\"false\" counts as readonly (notebook): it is so by being there; take it out"],
    ["▸shedule=\"0 6 * * *\"", "warning: unknown attribute shedule (notebook): it does nothing; did you mean schedule?"],
    ["▸host=\"a.org\"", "warning: unknown attribute host (notebook): it does nothing; did you mean hosts?"],
    ["▸retries=\"3\"", "warning: retries does nothing here (notebook): it belongs to the <script> of a cell"],
    ["▸timezone=\"UTC\" timezone=\"Europe/Berlin\"", "warning: timezone stands twice in its tag (notebook): the first counts, \"UTC\"; take the other out"],
  ]],
];

/** What is said of a notebook's text, each with the attributes in which ▸ stands where it points. */
function said(whole: string, attributes: string) {
  const file = parseNotebook(whole);
  return [...file.diagnostics, ...buildGraph("sales.html", file.notebook).problems].map((diagnostic) => {
    const { line, column } = diagnosticPlace(file, diagnostic);
    const lineStart = whole.split("\n", line - 1).reduce((at, before) => at + before.length + 1, 0);
    const at = lineStart + column - 1 - whole.indexOf(attributes);
    const { attribute } = diagnostic;
    const value = (diagnostic.cell === null ? file.notebook : file.notebook.cells[1])?.attributes[attribute ?? ""];
    const prefix = `invalid ${attribute}: ${quote(value ?? "")} (${diagnostic.cell === null ? "notebook" : "cell 2"}): `;
    return {
      code: diagnostic.code,
      row: [
        `${attributes.slice(0, at)}▸${attributes.slice(at)}`,
        diagnostic.severity === "warning"
          ? `warning: ${diagnostic.message}`
          : diagnostic.message.replace(prefix, (found, offset) => (offset === 0 ? "" : found)),
      ],
    };
  });
}

describe.each(tables)("%s", (_, make, rows) => {
  it.each(rows)("%s", (marked, sentence) => {
    const attributes = marked.replace("▸", "");
    // every cell of another tool is told to be none of ours
    const told = said(make(attributes), attributes).filter(
      ({ code }) => code !== "type_unsupported" || make !== loader,
    );
    expect(told.map(({ row }) => row)).toEqual([[marked, sentence]]);
  });
});

it("the whole sentence names the attribute, its value and the cell", () => {
  const file = parseNotebook(asset('retries="many"'));
  expect(buildGraph("sales.html", file.notebook).problems).toEqual([
    {
      code: "attribute_invalid",
      severity: "error",
      message: 'invalid retries: "many" (cell 2): write a whole number from 0 to 1000',
      cell: 2,
      span: null,
      attribute: "retries",
    },
  ]);
});

it("a cell may have many: all are told, and none twice", () => {
  const file = parseNotebook(asset('retries="x" backoff="random" store="view" automation="eager" fresh="soon"'));
  const { problems } = buildGraph("sales.html", file.notebook);
  expect(problems.map(({ attribute, severity }) => [attribute, severity])).toEqual([
    ["fresh", "error"],
    ["retries", "error"],
    ["backoff", "error"],
    ["automation", "warning"],
  ]);
});

it("places count in the file, whatever stands in a value: escapes, line ends, other attributes that look alike", () => {
  const whole = `\ufeff<!doctype html>\r\n<notebook>\r\n<script type=application/sql output=a description='x retries="3"' tags="&lt;" TAGS=x\r\n upstream = "b&#58; all;\r\n c: first">select * from b, c</script></notebook>`;
  const file = parseNotebook(whole);
  const { problems } = buildGraph("sales.html", file.notebook);
  const placed = [...file.diagnostics, ...problems].map((diagnostic) => {
    const { line, column } = diagnosticPlace(file, diagnostic);
    return [line, column, diagnostic.attribute];
  });
  expect(placed.filter(([, , attribute]) => attribute !== null)).toEqual([
    [3, 67, "tags"],
    [5, 5, "upstream"],
    [3, 73, "tags"],
  ]);
});
