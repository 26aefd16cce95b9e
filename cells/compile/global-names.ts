/**
 * The names that are the platform's own: never inputs of a cell, and a cell can neither define nor assign them. The 84
 * names of Observable's notebook format, so that the same cell has the same inputs here and there.
 */
export const globalNames: ReadonlySet<string> = new Set(
  `Array ArrayBuffer atob AudioContext Blob Boolean BigInt btoa clearInterval clearTimeout console crypto CustomEvent
   DataView Date decodeURI decodeURIComponent devicePixelRatio document encodeURI encodeURIComponent Error escape eval
   fetch File FileList FileReader Float32Array Float64Array Function Headers Image ImageData Infinity Int16Array
   Int32Array Int8Array Intl isFinite isNaN JSON Map Math NaN Number navigator Object observable parseFloat parseInt
   performance Path2D Promise Proxy RangeError ReferenceError Reflect RegExp cancelAnimationFrame requestAnimationFrame
   Set setInterval setTimeout String Symbol SyntaxError TextDecoder TextEncoder this TypeError Uint16Array Uint32Array
   Uint8Array Uint8ClampedArray undefined unescape URIError URL WeakMap WeakSet WebSocket Worker window`
    .trim()
    .split(/\s+/),
);

/**
 * Names that are inputs (a cell may define them) and fall back to `globalThis` where no cell does. Every other name that
 * nothing defines is missing, even if a browser happens to have it: `name`, `status`, `top`, `event`, `length`, `open`
 * would silently read a property of the window.
 */
export const platformNames: ReadonlySet<string> = new Set(
  `AbortController AbortSignal AggregateError AsyncDisposableStack AsyncIterator Atomics Audio BigInt64Array
   BigUint64Array BroadcastChannel ByteLengthQueuingStrategy CSS CSSStyleSheet CanvasRenderingContext2D
   CompressionStream CountQueuingStrategy DOMException DOMMatrix DOMParser DOMPoint DOMRect DecompressionStream
   DisposableStack DocumentFragment Element EvalError Event EventSource EventTarget FinalizationRegistry Float16Array
   FontFace FormData HTMLCanvasElement HTMLElement HTMLImageElement HTMLInputElement ImageBitmap IntersectionObserver
   Iterator KeyboardEvent MessageChannel MessageEvent MessagePort MouseEvent MutationObserver Node NodeFilter NodeList
   OffscreenCanvas Option Performance PerformanceObserver PointerEvent Range ReadableStream Request ResizeObserver
   Response SVGElement ShadowRoot SharedArrayBuffer SharedWorker SuppressedError Temporal Text TextDecoderStream
   TextEncoderStream TransformStream URLPattern URLSearchParams WeakRef WebAssembly WebGL2RenderingContext
   WritableStream XMLHttpRequest XMLSerializer XPathResult addEventListener alert cancelIdleCallback clearImmediate
   confirm createImageBitmap customElements dispatchEvent getComputedStyle getSelection globalThis indexedDB
   localStorage location matchMedia postMessage prompt queueMicrotask removeEventListener reportError
   requestIdleCallback sessionStorage setImmediate structuredClone`
    .trim()
    .split(/\s+/),
);
