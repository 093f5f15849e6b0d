/** Who changed what of an instance, when and why: its drafts and its releases as one list. */
import { Injectable } from '@nestjs/common';
import { dump } from 'js-yaml';
import type { Identity } from '../../access/identity.js';
import { textDiff } from '../../apps/releases/manifest-text.js';
import { causeOf, draftRevisions, type Revision } from '../../apps/revisions.js';
import { KubeClient } from '../../kube/client.js';
import type { InstanceSpec } from '../../model/instance.js';
import { annotations } from '../../model/names.js';
import { originOf } from '../../model/origin.js';
import type { Release } from '../../model/release.js';
import type { ChangeHistory, HistoryQuery } from './activity-schemas.js';
import { type InstanceAt, InstanceService } from './instance.service.js';

type Change = ChangeHistory['items'][number];

interface Entry {
  change: Change;
  /** Generation of the draft that it is, or that was published. */
  draft: number;
}

@Injectable()
export class InstanceChanges {
  constructor(
    private readonly client: KubeClient,
    private readonly instances: InstanceService,
  ) {}

  /** The newest first. Throws InstanceNotFound, ClusterNotFound (404). */
  async list(caller: Identity, at: InstanceAt, { service, limit }: HistoryQuery): Promise<ChangeHistory> {
    const { history } = await this.instances.readable(caller, at);
    const revisions = await draftRevisions.list(this.client, history.instance);
    const releases = [...history.releases.values()].filter(
      ([first]) => service === undefined || first?.spec.service === service,
    );
    const all: Entry[] = [
      ...revisions.map((draft, i) => ({
        change: draftChange(draft, revisions[i - 1], service),
        draft: draft.revision,
      })),
      ...releases.flatMap((own) =>
        own.map((release, i) => ({ change: releaseChange(release, own[i - 1]), draft: draftOf(release) })),
      ),
    ];
    const items = newestFirst(all).filter(
      ({ action, diff }) => service === undefined || action !== 'Draft' || diff !== '',
    );
    return { items: items.slice(0, limit), more: items.length > limit };
  }
}

/** Times are whole seconds: within one, a release comes after the draft it was made from and before the next draft. */
function newestFirst(oldestFirst: readonly Entry[]): Change[] {
  const when = ({ change }: Entry) => Date.parse(change.at);
  const sorted = oldestFirst.toReversed().toSorted((a, b) => when(b) - when(a) || b.draft - a.draft);
  return sorted.map(({ change }) => change);
}

/** A release of an older Berth does not tell: it goes after all drafts of its second. */
function draftOf({ metadata }: Release): number {
  return Number(metadata.annotations?.[annotations.draft] ?? Number.MAX_SAFE_INTEGER);
}

function draftChange(
  draft: Revision<InstanceSpec>,
  before: Revision<InstanceSpec> | undefined,
  service?: string,
): Change {
  const { revision: generation, data } = draft;
  const names = [before ? `draft ${before.revision}` : 'nothing', `draft ${generation}`] as const;
  return {
    at: originOf(draft).createdAt,
    ...causeOf(draft),
    action: 'Draft',
    generation,
    diff: textDiff(yamlOf(partOf(before?.data, service)), yamlOf(partOf(data, service)), names),
  };
}

/** Of a draft, what reaches a service: versions, and what is set for it alone. */
function partOf(spec: InstanceSpec | undefined, service: string | undefined) {
  if (spec === undefined || service === undefined) return spec;
  const { template, config, services } = spec;
  return { template, config, ...services?.[service] };
}

function releaseChange(release: Release, before: Release | undefined): Change {
  const { spec, status } = release;
  const { service, revision, action, inputs, cause } = spec;
  const names = [before ? `revision ${before.spec.revision}` : 'nothing', `revision ${revision}`] as const;
  return {
    at: originOf(release).createdAt,
    ...cause,
    action,
    service,
    revision,
    ...(status && { phase: status.phase }),
    diff: textDiff(yamlOf(inputsOf(before)), action === 'Undeploy' ? '' : yamlOf(inputs), names),
  };
}

function inputsOf(release: Release | undefined) {
  return release?.spec.action === 'Undeploy' ? undefined : release?.spec.inputs;
}

function yamlOf(value: object | undefined): string {
  return value === undefined ? '' : dump(value, { lineWidth: -1, noRefs: true, skipInvalid: true });
}
