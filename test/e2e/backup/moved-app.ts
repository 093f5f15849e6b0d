/** An application of one service whose pod runs on a node of a cluster that moves. */
import type { TemplateContent } from '../../../src/model/template.js';
import type { KubeObject } from '../../../src/kube/types.js';
import type { Instance } from '../../../src/model/instance.js';
import { berthResources } from '../../../src/model/kinds.js';
import type { Embedded } from '../../support/embedded.js';
import type { Kubectl } from '../../support/kubectl.js';
import { TOOLS } from '../../support/user-node.js';
import type { Hosted } from '../hosting/hosted.js';

const TENANT = '/api/v1/tenants/default';

const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: main
          image: ${TOOLS.reference}
          imagePullPolicy: Never
          args: [pause]
          env: [{ name: GREETING, value: {{ .Values.greeting | quote }} }]
          envFrom: [{ secretRef: { name: web } }]
---
apiVersion: v1
kind: Secret
metadata: { name: web }
stringData: { made: {{ randAlphaNum 20 | quote }}, given: {{ .Values.password | quote }} }
`;

const content: TemplateContent = {
  files: [
    { path: 'Chart.yaml', text: 'apiVersion: v2\nname: web\nversion: 1.0.0\n' },
    { path: 'templates/web.yaml', text: WEB },
  ],
  services: [{ name: 'web', dependsOn: [], templates: ['templates/web.yaml'] }],
};

interface Pod extends KubeObject {
  status: { phase: string; containerStatuses: { containerID: string; restartCount: number }[] };
}

export class MovedApp {
  constructor(
    private readonly meta: Embedded,
    private readonly hosted: Hosted,
    /** Of template, config, application and instance. */
    readonly name: string,
  ) {}

  async create(): Promise<void> {
    const metadata = { name: this.name };
    const set = [
      { name: 'greeting', value: 'hello' },
      { name: 'password', type: 'secret', value: 'planted-Pa55' },
    ];
    await this.#post('configs', { metadata, set });
    await this.#post('templates', { metadata, content });
    const environments = [{ name: 'test', config: metadata }];
    await this.#post('applications', { metadata, spec: { template: metadata, environments } });
    await this.meta.berth('instance', 'create', this.hosted.name, this.name, '--app', this.name);
    await this.berth('deploy', '--wait');
  }

  /** Saves the greeting as a version of the config, and publishes it. */
  async greet(greeting: string): Promise<void> {
    const saved = await this.meta.berth('config', 'set', this.name, `greeting=${greeting}`, '-o', 'json');
    const { version } = JSON.parse(saved) as { version: number };
    await this.berth('set', '--config-version', String(version));
    await this.berth('deploy', '--wait');
  }

  /** `berth instance VERB CLUSTER INSTANCE …` */
  berth(verb: string, ...args: string[]): Promise<string> {
    return this.meta.berth('instance', verb, this.hosted.name, this.name, ...args);
  }

  async deployedAt(revision: number): Promise<Instance> {
    return this.meta.until(
      berthResources.Instance,
      `${this.name} to be deployed at ${revision}`,
      (instances) => {
        const found = instances.get({ namespace: this.hosted.namespace, name: this.name });
        const web = found?.status?.services?.['web'];
        return web?.state === 'Deployed' && web.revision === revision && found;
      },
      120_000,
    );
  }

  /** What tells whether the pod was restarted, and what its container was told. */
  async pod(kubectl: Kubectl) {
    const { items } = await kubectl.json<{ items: Pod[] }>('-n', this.name, 'get', 'pods', '-l', 'app=web');
    const [pod, ...others] = items.filter(({ metadata }) => !metadata.deletionTimestamp);
    const [main] = pod?.status.containerStatuses ?? [];
    return {
      uid: pod?.metadata.uid,
      containerID: main?.containerID,
      restartCount: main?.restartCount,
      others: others.length,
    };
  }

  greeting(kubectl: Kubectl): Promise<string> {
    const path = 'jsonpath={.spec.template.spec.containers[0].env[0].value}';
    return kubectl.run('-n', this.name, 'get', 'deployment', 'web', '-o', path);
  }

  /** What the template made up when it was rendered first. */
  madeUp(kubectl: Kubectl): Promise<string> {
    return kubectl.run('-n', this.name, 'get', 'secret', 'web', '-o', 'jsonpath={.data.made}');
  }

  /** Takes away what is the tenant's. */
  async forget(): Promise<void> {
    for (const kind of ['applications', 'templates', 'configs'])
      await this.meta.api(`${TENANT}/${kind}/${this.name}?confirm=${this.name}`, { method: 'DELETE' });
  }

  async #post(path: string, body: object): Promise<void> {
    const answer = await this.meta.api(`${TENANT}/${path}`, { body });
    if (answer.status !== 201) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  }
}
