/** How far beyond the window a cell counts as near: about one more screen. */
const margin = "800px 0px";

/** Tells elements when they come near the screen and when they leave it. */
export class NearScreen {
  readonly #listeners = new WeakMap<Element, (near: boolean) => void>();
  readonly #observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) this.#listeners.get(target)?.(isIntersecting);
    },
    { rootMargin: margin },
  );

  watch(element: Element, listener: (near: boolean) => void): void {
    this.#listeners.set(element, listener);
    this.#observer.observe(element);
  }

  unwatch(element: Element): void {
    this.#observer.unobserve(element);
    this.#listeners.delete(element);
  }
}
