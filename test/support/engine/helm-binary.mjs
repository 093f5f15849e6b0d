import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const HELM_VERSION = 'v3.22.0';
const MODULE = 'helm.sh/helm/v3';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const cached = join(root, 'node_modules', '.cache', 'berth-test', `helm-${HELM_VERSION}`);

export function findHelm() {
  const given = process.env.BERTH_HELM;
  if (given !== undefined) return given;
  if (existsSync(cached)) return cached;
  return isRightVersion('helm') ? 'helm' : build();
}

/** A release says v3.22.0, a build from the module v3.22. */
function isRightVersion(helm) {
  const { status, stdout } = spawnSync(helm, ['version', '--template', '{{ .Version }}'], {
    encoding: 'utf8',
  });
  return status === 0 && HELM_VERSION.startsWith(stdout.trim()) && stdout.trim() !== '';
}

function build() {
  if (spawnSync('go', ['version']).status !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'berth-helm-'));
  try {
    writeFileSync(
      join(folder, 'go.mod'),
      `module berth.test/helm\n\ngo 1.26\n\nrequire ${MODULE} ${HELM_VERSION}\n`,
    );
    writeFileSync(join(folder, 'tools.go'), `package tools\n\nimport _ "${MODULE}/pkg/action"\n`);
    const go = (...args) =>
      spawnSync('go', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
    const target = join(folder, 'helm');
    if (!go('mod', 'tidy') || !go('build', '-mod=mod', '-o', target, `${MODULE}/cmd/helm`)) return undefined;
    mkdirSync(dirname(cached), { recursive: true });
    renameSync(target, cached);
    return cached;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
