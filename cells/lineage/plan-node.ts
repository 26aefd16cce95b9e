import { AppError } from "../errors.ts";

/** An object of a serialized plan. */
export type PlanObject = Readonly<Record<string, unknown>>;

/** Whether a value of the tree is an object, and no list. */
export function isPlanObject(value: unknown): value is PlanObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Says that a plan holds something that is not read here: the lineage is then unknown, never guessed. */
export class UnreadPlan extends AppError {
  constructor(what: string) {
    super("query_failed", `its plan has ${what}, whose columns are not followed`);
  }
}

export function objectOf(value: unknown, what: string): PlanObject {
  if (isPlanObject(value)) return value;
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
