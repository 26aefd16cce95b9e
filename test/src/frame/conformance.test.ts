import { afterAll, beforeAll } from "vitest";
import { kernelConformance } from "../../conformance/kernel.ts";
import { frameKernels } from "../../support/frame-kernel.ts";
import { openPage, type OpenPage } from "../../support/open-page.ts";

let opened: OpenPage;
let start: Awaited<ReturnType<typeof frameKernels>>;
beforeAll(async () => {
  opened = await openPage();
  start = await frameKernels(opened.page);
});
afterAll(() => opened.close());

kernelConformance("a frame in Chromium", (host) => start(host));
