/** Each way to fail a join says which hop failed; what a failed join leaves is cleaned by --reset. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Embedded } from '../../support/embedded.js';
import { eventually } from '../../support/eventually.js';
import { kubernetesBinary } from '../../support/kube-binaries.js';
import { Machine } from '../../support/machine.js';
import type { Kubectl } from '../../support/kubectl.js';
import { Hosted } from '../hosting/hosted.js';

const VERSION = '1.36.3';
/** Speaks first, and no TLS. */
const GREETER = `require('net')
  .createServer((peer) => peer.on('error', () => {}).end('hello'))
  .listen(8099, '127.0.0.1')`;
let meta: Embedded;
let cluster: Hosted;
let kubectl: Kubectl;
let machine: Machine;
let script: string;
/** With the shortest life there is; it ends while the other tests run. */
let shortLived: string;

beforeAll(async () => {
  meta = await Embedded.open();
  cluster = await Hosted.create(meta, `joining-${meta.run}`, { version: VERSION });
  [machine] = await Promise.all([
    Machine.start(meta, `joining-${meta.run}`, VERSION),
    cluster.ready(300_000),
  ]);
  kubectl = await cluster.kubectl();
  script = await newScript();
  shortLived = await newScript({ ttlSeconds: 60 });
}, 400_000);
afterAll(async () => {
  await machine?.remove();
  await cluster?.delete();
  await meta?.close();
}, 180_000);

describe('a join fails at', () => {
  it('name lookup', async () => {
    expect(await failure(script.replace(/^BERTH_SERVER=.*/m, "BERTH_SERVER='masters.invalid:6443'"))).toBe(
      "name lookup: masters.invalid is not known to this machine's DNS",
    );
  }, 60_000);

  it('TCP, when a firewall drops what is sent to the port', async () => {
    const { server, port } = serverOf(script);
    const rule = ['OUTPUT', '-p', 'tcp', '--dport', port, '-j', 'DROP'];
    await machine.run('iptables', '-A', ...rule);
    try {
      expect(await failure(script)).toMatch(new RegExp(`^TCP: ${server} does not answer .*[Tt]imed? ?out`));
    } finally {
      await machine.run('iptables', '-D', ...rule);
    }
  }, 60_000);

  it('TLS, when something else listens there', async () => {
    const plain = script.replace(/^BERTH_SERVER=.*/m, `BERTH_SERVER='127.0.0.1:8099'`);
    const listener = `'${process.execPath}' -e "${GREETER}" >/dev/null 2>&1 & echo $!`;
    const pid = (await machine.run('sh', '-c', listener)).trim();
    try {
      expect(await failure(plain)).toMatch(/^TLS: 127.0.0.1:8099 does not speak TLS/);
    } finally {
      await machine.run('kill', pid);
    }
  }, 60_000);

  it('the clock', async () => {
    await machine.command('date', '[ "$*" = +%s ] && exec expr $(/bin/date +%s) + 3600; exec /bin/date "$@"');
    try {
      expect(await failure(script)).toMatch(
        /^clock: this machine's clock is 3[56]\d\d seconds off the masters'/,
      );
    } finally {
      await machine.run('rm', '/opt/machine/bin/date');
    }
  }, 60_000);

  it('the CA pin', async () => {
    const pinned = script.replace(/sha256:[0-9a-f]{64}/g, `sha256:${'0'.repeat(64)}`);
    expect(await failure(pinned)).toMatch(
      /^CA pin: the authority that .* shows is not the one of cluster joining-/,
    );
  }, 60_000);

  it('an unknown token', async () => {
    const unknown = script.replaceAll(tokenOf(script), 'aaaaaa.0123456789abcdef');
    expect(await failure(unknown)).toMatch(
      /^token: the join token was revoked or is unknown; get a new one: berth node token joining-/,
    );
  }, 60_000);

  it('an expired token', async () => {
    const [id] = tokenOf(shortLived).split('.');
    const gone = async () =>
      (await kubectl.try('-n=kube-system', 'get', `secret/bootstrap-token-${id}`)).stderr.includes(
        'NotFound',
      );
    await eventually(gone, 'the token to expire', 90_000);
    expect(await failure(shortLived)).toMatch(/^token: the join token expired at \d{4}-.*Z; get a new one/);
  }, 120_000);

  it('the container runtime', async () => {
    const socket = '/run/containerd/containerd.sock';
    await machine.run('mv', socket, `${socket}.away`);
    try {
      expect(await failure(script)).toMatch(
        /^container runtime: no runtime listens on .*; start containerd$/,
      );
    } finally {
      await machine.run('mv', `${socket}.away`, socket);
    }
  }, 60_000);

  it('a kubelet newer than the masters, before anything is changed', async () => {
    await machine.command('kubelet', `exec '${await kubernetesBinary('kubelet', '1.37.0')}' "$@"`);
    try {
      expect(await failure(script)).toBe(
        `version skew: kubelet v1.37.0 is newer than the masters (${VERSION}); install kubelet 1.36`,
      );
    } finally {
      await machine.run('rm', '/opt/machine/bin/kubelet');
    }
  }, 60_000);

  it('a certificate that is not approved, and --reset makes way for a right join', async () => {
    const spent = await newScript({ usageLimit: 1 });
    const [id] = tokenOf(spent).split('.');
    const used = { 'berth.dev/join-token-used-by': 'another' };
    await kubectl.run('-n=kube-system', 'patch', 'secret', `bootstrap-token-${id}`, '-p', annotated(used));
    expect(await failure(spent)).toMatch(/^CSR: the cluster did not approve the node's certificate/);
    const reset = await machine.join(script, ['--reset']);
    expect(reset).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('This machine is no node any more.'),
    });
    expect(await machine.join(script)).toMatchObject({ code: 0 });
    // kubeadm ends when the kubelet has its certificate; the node registers a moment later.
    const isNode = async () => (await kubectl.run('get', 'nodes', '-o=name')) === `node/${machine.name}\n`;
    await eventually(isNode, 'the machine to be a node');
  }, 240_000);
});

describe('a dry run on a machine that lacks everything', () => {
  it.each([
    ['debian', /apt-get install -yq --allow-change-held-packages kubelet=1\.36\.3-\* kubeadm=1\.36\.3-\*/],
    ['rocky', /dnf install -y --disableexcludes=kubernetes kubelet-1\.36\.3 kubeadm-1\.36\.3/],
  ])(
    'of %s shows the packages of the masters’ version and changes nothing',
    async (id, packages) => {
      const like = id === 'rocky' ? 'ID_LIKE="rhel centos fedora"' : '';
      // A link to a file of the machine's own: made anew, not written.
      const write = 'rm -f /etc/os-release && echo "$1" >/etc/os-release';
      await machine.run('sh', '-c', write, 'sh', `ID=${id}\n${like}`);
      const other = (await newScript()).replace(
        'KUBELET_CONF=/etc/kubernetes/kubelet.conf',
        'KUBELET_CONF=/nowhere',
      );
      const { code, stdout } = await machine.join(other, ['--dry-run'], { lacking: true });
      expect(code).toBe(0);
      expect(stdout).toMatch(packages);
      expect(stdout).toMatch(/would run: kubeadm join/);
    },
    60_000,
  );
});

/** What Debian's package brings: containerd keeps cgroups itself, and looks elsewhere for plugins. */
const DEBIANS = `version = 2
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "/etc/cni/net.d"
`;
/** What Docker's package brings. */
const DOCKERS = 'disabled_plugins = ["cri"]\n';

describe('containerd on a machine with systemd', () => {
  /** Runs steps of the script alone, with a configuration file of the test's. */
  const steps = (commands: string) => {
    const own = `CONTAINERD_CONFIG=/var/lib/config.toml\nwork=$(mktemp -d)\n${commands}\n`;
    return machine.run('sh', '-c', script.replace(/\nmain "\$@"\n$/, `\n${own}`));
  };
  const write = (text: string) => machine.run('sh', '-c', 'printf %s "$1" >/var/lib/config.toml', 'sh', text);
  const suits = async () => (await steps('containerd_suits && echo suits || echo differs')).trim();

  it.each([
    ['Debian', DEBIANS],
    ['Docker', DOCKERS],
  ])('is set up for the kubelet in place of what the package of %s brings', async (_whose, brought) => {
    await write(brought);
    expect(await suits()).toBe('differs');
    await steps('configure_containerd');
    expect(await suits()).toBe('suits');
    const used = await machine.run('containerd', '--config', '/var/lib/config.toml', 'config', 'dump');
    expect(used).toMatch(/SystemdCgroup = true/);
    expect(used).toMatch(/bin_dirs? = .*\/opt\/cni\/bin/);
    expect(await machine.run('cat', '/var/lib/config.toml.before-berth')).toBe(brought);
    await machine.run('rm', '/var/lib/config.toml.before-berth');
  });
});

/** What the last line says after `join: `. */
async function failure(text: string): Promise<string> {
  const { code, stderr } = await machine.join(text);
  expect(code).toBe(1);
  return (
    stderr
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^join: /, '') ?? ''
  );
}

async function newScript(request: object = {}): Promise<string> {
  const { body } = await meta.api<{ token: string }>(`${cluster.path}/join-tokens`, { body: request });
  const url = new URL(`${cluster.path}/join-script`, meta.service);
  const answer = await fetch(url, { headers: { authorization: `Bearer ${body.token}` } });
  return answer.text();
}

function tokenOf(text: string): string {
  return /^BERTH_TOKEN='(.*)'$/m.exec(text)?.[1] ?? '';
}

function serverOf(text: string): { server: string; port: string } {
  const [, server = ''] = /^BERTH_SERVER='(.*)'$/m.exec(text) ?? [];
  return { server, port: server.split(':').at(-1) ?? '' };
}

function annotated(annotations: Record<string, string>): string {
  return JSON.stringify({ metadata: { annotations } });
}
