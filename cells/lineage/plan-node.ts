import { isRecord } from "../protocol/envelope.ts";
import { AppError } from "../errors.ts";

/** An object of a serialized plan. */
export type PlanObject = Readonly<Record<string, unknown>>;

/** Says that a plan holds something that is not read here: the lineage is then unknown, never guessed. */
export class UnreadPlan extends AppError {
  constructor(what: string) {
    super("query_failed", `its plan has ${what}, whose columns are not followed`);
  }
}

export function objectOf(value: unknown, what: string): PlanObject {
  if (isRecord(value)) return value;
  throw new UnreadPlan(`no ${what}`);
}

export function listOf(node: PlanObject, name: string): readonly unknown[] {
  const value = node[name];
  return Array.isArray(value) ? value : [];
}

export function objectsOf(node: PlanObject, name: string): readonly PlanObject[] {
  return listOf(node, name).map((item) => objectOf(item, name));
}

export function numberOf(node: PlanObject, name: string): number {
  const value = node[name];
  if (typeof value === "number") return value;
  throw new UnreadPlan(`no ${name}`);
}

export function textOf(node: PlanObject, name: string): string {
  const value = node[name];
  return typeof value === "string" ? value : "";
}

export function childOf(node: PlanObject, index: number): PlanObject {
  return objectOf(listOf(node, "children")[index], `child ${index}`);
}
