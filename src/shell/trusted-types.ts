/** The part of the Trusted Types API that is used: the page's types do not have it everywhere. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): unknown;
}

/**
 * Lets workers and the service worker start from this page's own addresses and from blobs, and nothing else: the page's policy demands
 * trusted values, and libraries pass plain text. Text as HTML or script stays refused.
 */
export function trustOwnScripts(): void {
  const { trustedTypes } = globalThis as typeof globalThis & { readonly trustedTypes?: TrustedTypes };
  trustedTypes?.createPolicy("default", {
    createScriptURL(url) {
      const resolved = new URL(url, location.href);
      if (
        resolved.origin === location.origin &&
        (resolved.protocol === "blob:" || !resolved.pathname.startsWith("/api"))
      )
        return url;
      throw new TypeError(`refused to start a script from ${resolved.origin}`);
    },
  });
}
