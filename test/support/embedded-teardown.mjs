// Jest's globalTeardown of the end-to-end tests: takes away what embedded-setup.mjs brought up.
export default function takeDown() {
  globalThis.berthEndToEnd?.takeDown();
}
