/** What content of a template is checked against before it is saved. */
import { Injectable } from '@nestjs/common';
import { authorize } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import type { ConfigValues } from '../../apps/configs/values.js';
import { refuseProblems } from '../../apps/problems.js';
import { checkContent, type Finding } from '../../apps/templates/checks.js';
import { checkOnTarget, rehearse } from '../../apps/templates/target-checks.js';
import type { KubeClient } from '../../kube/client.js';
import { clusterNamespace } from '../../model/names.js';
import type { TemplateContent } from '../../model/template.js';
import { HostedService } from '../clusters/hosted.service.js';
import { Views } from '../views.js';
import { ConfigService } from './config.service.js';
import type { Imported } from './template-import.js';
import type { Check } from './template-schemas.js';

@Injectable()
export class TemplateAdmission {
  constructor(
    private readonly views: Views,
    private readonly configs: ConfigService,
    private readonly hosted: HostedService,
  ) {}

  /** Every problem at once: of the text, then of what it renders, then what the cluster says. Gives the warnings. Throws TemplateInvalid (422). */
  async admit(
    caller: Identity,
    tenant: string,
    content: TemplateContent,
    check: Check | undefined,
    own: Imported['keys'],
  ): Promise<Finding[]> {
    const config = check?.config ? await this.values(caller, tenant, check.config) : valuesOf(own);
    const names = config?.keys.map(({ name }) => name);
    const findings = checkContent(content, names);
    refuseErrors(check?.config ? findings.map((one) => ({ ...one, severity: 'error' })) : findings);
    const namespace = check?.namespace ?? 'default';
    const { rendered, findings: failed } = rehearse(content, config, { name: 'check', namespace });
    // Without a config it is not known whether what fails would have its key.
    if (check?.config || findings.length === 0) refuseErrors(failed);
    await this.#admitOn(caller, check?.cluster, (client) =>
      checkOnTarget(client, rendered, namespace, config),
    );
    return [...findings, ...failed.map((one) => ({ ...one, severity: 'warning' as const }))];
  }

  async #admitOn(
    caller: Identity,
    cluster: string | undefined,
    ask: (client: KubeClient) => Promise<Finding[]>,
  ): Promise<void> {
    if (cluster !== undefined) refuseErrors(await this.#onCluster(caller, cluster, ask));
  }

  async #onCluster<R>(caller: Identity, name: string, work: (client: KubeClient) => Promise<R>): Promise<R> {
    const cluster = await this.views.clusters.read({ namespace: clusterNamespace(name), name });
    authorize(caller, 'create', { resource: 'clusters/objects', name, tenant: cluster.spec.tenant });
    return this.hosted.within(cluster, work);
  }

  /** A version of a config, the newest unless told. */
  async values(
    caller: Identity,
    tenant: string,
    { name, version }: { name: string; version?: number },
  ): Promise<ConfigValues> {
    await this.configs.objects.enter(caller, 'get', tenant, name);
    const config = await this.configs.objects.read(tenant, name);
    const { configs } = this.configs;
    return configs.values(config, version ?? (await configs.versions.latest(config)));
  }

  /** As `values`, but only the names: nothing is decrypted. */
  async keyNames(
    caller: Identity,
    tenant: string,
    ref: { name: string; version?: number },
  ): Promise<string[]> {
    const { keys } = await this.configs.version(caller, { tenant, name: ref.name }, ref.version, '');
    return keys.map(({ name }) => name);
  }
}

/** The keys an import brings, as a config would have them. */
function valuesOf(keys: Imported['keys']): ConfigValues | undefined {
  if (keys.length === 0) return undefined;
  const values = keys.map(({ name, type = 'string', value, base64 }) => ({
    name,
    type,
    value: base64 === undefined ? value : new Uint8Array(Buffer.from(base64, 'base64')),
  }));
  return { config: '', version: 0, keys: values };
}

function refuseErrors(findings: readonly Finding[]): void {
  refuseProblems(
    'TemplateInvalid',
    findings
      .filter(({ severity }) => severity === 'error')
      .map(({ severity: _severity, ...problem }) => problem),
  );
}
