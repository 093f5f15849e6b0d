// Jest's globalTeardown of the end-to-end tests: takes away what embedded-setup.mjs brought up.
// oxlint-disable-next-line import/no-default-export -- Jest takes nothing else
export default async function takeDown() {
  await globalThis.berthEndToEnd?.takeDown();
}
