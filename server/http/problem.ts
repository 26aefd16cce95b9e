import { AppError, type ErrorCode } from "../../cells/errors.ts";

const statusOf: Partial<Record<ErrorCode, number>> = {
  notebook_not_found: 404,
  file_not_found: 404,
  asset_not_found: 404,
  asset_missing: 404,
  not_found: 404,
  notebook_conflict: 409,
  run_conflict: 409,
  workspace_locked: 409,
  fence_lost: 409,
  notebook_problems: 422,
  unauthorized: 401,
  forbidden: 403,
  payload_too_large: 413,
  storage_full: 507,
  storage_failed: 500,
  lake_damaged: 500,
  runner_died: 500,
  internal: 500,
};

/** An error as an HTTP answer. What is not an `AppError` says nothing of what is inside; `report` gets it whole. */
export function toProblem(
  error: unknown,
  report: (error: unknown) => void,
): { readonly status: number; readonly body: object } {
  if (error instanceof AppError) {
    const { status, ...data } = error.data;
    const code = typeof status === "number" ? status : (statusOf[error.code] ?? 400);
    if (error.code === "internal") report(error);
    return { status: code, body: { code: error.code, message: error.message, data } };
  }
  // fastify's own: a body that is too large or is not JSON
  const { statusCode, code } = error as { statusCode?: unknown; code?: unknown };
  if (statusCode === 413)
    return {
      status: 413,
      body: { code: "payload_too_large", message: "the request body is over the limit of this route", data: {} },
    };
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500)
    return {
      status: statusCode,
      body: {
        code: "usage",
        message: `the request cannot be read (${String(code)}); send what /api/openapi.json says`,
        data: {},
      },
    };
  report(error);
  return {
    status: 500,
    body: {
      code: "internal",
      message: "the server met an error that it did not expect; its own output says more",
      data: {},
    },
  };
}
