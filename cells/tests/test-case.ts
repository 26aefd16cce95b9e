import { AppError } from "../errors.ts";

/** What a test gives beside its tables. */
export interface TestSetting {
  /** over those of the notebook */
  readonly params: Readonly<Record<string, unknown>>;
  /** key of the partition that is computed; null for none */
  readonly partition: string | null;
}

/** What a JavaScript test returned. */
export interface TestValue extends TestSetting {
  /** name of what is read → the rows in its place */
  readonly given: Readonly<Record<string, unknown>>;
  readonly expect: readonly unknown[];
}

/** The setting of a SQL test, from the first rows of its tables `params` and `partition`, as far as it has them. */
export function readSetting(params: unknown, partition: unknown): TestSetting {
  const key = isFields(partition) ? partition["key"] : null;
  return { params: isFields(params) ? params : {}, partition: typeof key === "string" ? key : null };
}

/** Reads what a JavaScript test returned: `{given: {orders: […]}, params, partition, expect: […]}`. Throws `value_not_storable`. */
export function readTestValue(value: unknown): TestValue {
  const { given, params, partition, expect } = isFields(value) ? value : {};
  if (!isFields(given) || !Array.isArray(expect))
    throw new AppError(
      "value_not_storable",
      "a JavaScript test returns {given: {orders: [{…}]}, expect: [{…}]}, with params and partition where they are read",
    );
  return {
    given,
    expect,
    params: isFields(params) ? params : {},
    partition: typeof partition === "string" ? partition : null,
  };
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
