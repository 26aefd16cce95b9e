/** Saves bytes as a download of the reader's. */
export function saveFile(name: string, mimeType: string, bytes: Uint8Array): void {
  const url = URL.createObjectURL(new Blob([bytes.slice()], { type: mimeType || "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name.replace(/[/\\]/g, "_");
  link.click();
  // the download has its own hold on the bytes once it began
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
