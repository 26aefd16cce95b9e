import type { StoredEvent } from "../store/store.ts";
import type { AlertKind } from "./alert-config.ts";
import type { Occurrence } from "./alert-events.ts";

/** What an alert tells: one JSON document; `text` is its sentence, under the name that chat services read. */
export interface AlertMessage {
  readonly alert: string;
  readonly event: string;
  readonly recovered: boolean;
  readonly text: string;
  /** ISO */
  readonly at: string;
  readonly seq: number;
  readonly workspace: string;
  readonly run: string | null;
  readonly asset: string | null;
  readonly partition: string | null;
  /** the page that shows more; null where nobody knows the server's address */
  readonly link: string | null;
}

/** `address` is where people reach the server, without a slash at its end. */
export function alertMessage(
  {
    alert,
    workspace,
    address,
  }: { readonly alert: string; readonly workspace: string; readonly address: string | null },
  { seq, at }: Pick<StoredEvent, "seq" | "at">,
  {
    kind,
    isOver,
    sentence,
    run,
    asset,
    partition,
  }: Omit<Occurrence, "subject" | "kind"> & {
    readonly kind: AlertKind | "test";
  },
): AlertMessage {
  return {
    ...{ alert, event: kind, recovered: isOver, text: sentence, at: new Date(at).toISOString(), seq, workspace },
    ...{ run, asset, partition, link: address === null ? null : address + pageOf(run, asset, partition) },
  };
}

function pageOf(run: string | null, asset: string | null, partition: string | null): string {
  if (run !== null) return `/runs/${encodeURIComponent(run)}`;
  if (asset === null) return "/runs";
  const of = partition === null ? "" : `?partition=${encodeURIComponent(partition)}`;
  return `/assets/${asset.split("/").map(encodeURIComponent).join("/")}${of}`;
}
