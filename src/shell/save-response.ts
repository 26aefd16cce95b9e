import { saveFile } from "../notebook/save-file.ts";

/** Gives the reader an answer of the API as a download. The bytes pass through memory: the browser cannot send the token by itself. */
export async function saveResponse(response: Response, name: string): Promise<void> {
  saveFile(name, response.headers.get("content-type") ?? "", new Uint8Array(await response.arrayBuffer()));
}
