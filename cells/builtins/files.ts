/** A file that the reader chose, as `<input type=file>` gives it. */
interface ChosenFile {
  readonly type: string;
  arrayBuffer(): Promise<ArrayBuffer>;
  text(): Promise<string>;
}

const chunk = 0x8000;

/** `Files` of classic notebooks (https://github.com/observablehq/stdlib#files). */
export const Files = {
  buffer: (file: ChosenFile): Promise<ArrayBuffer> => file.arrayBuffer(),
  text: (file: ChosenFile): Promise<string> => file.text(),
  /** the whole file as a `data:` address */
  async url(file: ChosenFile): Promise<string> {
    const bytes = new Uint8Array(await file.arrayBuffer());
    let text = "";
    for (let at = 0; at < bytes.length; at += chunk) text += String.fromCharCode(...bytes.subarray(at, at + chunk));
    return `data:${file.type || "application/octet-stream"};base64,${btoa(text)}`;
  },
} as const;
