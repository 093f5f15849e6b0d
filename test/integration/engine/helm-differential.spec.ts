/**
 * Generated templates through the engine and the real helm: same text or same refusal. Always the same cases in
 * CI; on demand more and others:
 *
 *     BERTH_FUZZ_SEED=7 BERTH_FUZZ_CASES=20000 npx jest --selectProjects integration -- helm-differential
 */
import { describe, expect, it } from '@jest/globals';
import { fuzz } from '../../support/engine/differential.js';
import { helmBinary } from '../../support/helm-binary.js';

const SEED = Number(process.env['BERTH_FUZZ_SEED'] ?? 1);
const CASES = Number(process.env['BERTH_FUZZ_CASES'] ?? 2000);
const TIMEOUT_MS = 1_200_000;

describe('generated templates', () => {
  it(
    `give what helm gives (seed ${SEED}, ${CASES} cases)`,
    async () => {
      const result = await fuzz({ helm: await helmBinary(), seed: SEED, cases: CASES });
      console.log(`${result.texts} texts and ${result.refusals} refusals compared with helm`);
      expect(result.differences).toEqual([]);
      expect(result.texts).toBeGreaterThan(CASES / 2);
    },
    TIMEOUT_MS,
  );
});
