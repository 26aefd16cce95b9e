import { AppError } from "../../cells/errors.ts";
import type { Materialization } from "../../cells/model/materialization.ts";
import type { Lake } from "./lake.ts";

/** The path of a stored file whose hash was checked. Throws `lake_damaged` with the asset in message and data. */
export async function openChecked(
  lake: Lake,
  fact: Pick<Materialization, "asset" | "partition" | "format" | "sha256">,
): Promise<string> {
  if (fact.format === "virtual")
    throw new AppError("asset_missing", `asset ${fact.asset} cannot be read: it is not stored`, {
      data: { asset: fact.asset },
    });
  try {
    return await lake.open({ sha256: fact.sha256, extension: fact.format });
  } catch (error) {
    if (error instanceof AppError)
      throw new AppError(
        error.code,
        `stored data of ${fact.asset} cannot be used: ${error.message}; run it again with --force`,
        {
          data: { ...error.data, asset: fact.asset, partition: fact.partition },
          cause: error,
        },
      );
    throw error;
  }
}
