/** Drops what was stored first, until a cache holds no more than `most`. */
export async function trim(cache: Pick<Cache, "keys" | "delete">, most: number): Promise<void> {
  const keys = await cache.keys();
  for (const key of keys.slice(0, Math.max(0, keys.length - most))) await cache.delete(key);
}
