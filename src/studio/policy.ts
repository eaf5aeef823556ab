// What a browser may load and run on the studio's pages.

/**
 * Nothing from elsewhere, no script inline; WebAssembly for worlds, battles and models. Attributes of style are those of charts and
 * pictures in reports.
 */
export const POLICY: readonly string[] = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
];
