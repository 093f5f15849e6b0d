/** What goes on in an instance: what its pods write, and what the cluster says of its objects. */
import type { Readable } from 'node:stream';
import type * as k8s from '@kubernetes/client-node';
import { Inject, Injectable } from '@nestjs/common';
import { authorize } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import { containersToRead, logLines, type LogLine, type LogRequest } from '../../apps/instances/logs.js';
import {
  type Belongings,
  belongingsOf,
  type Inventories,
  namespacesOf,
} from '../../apps/instances/service-pods.js';
import { publishedOf } from '../../apps/instances/service-state.js';
import type { InstanceHistory } from '../../apps/releases/publishing.js';
import type { Clock } from '../../core/clock.js';
import { BerthError, messageOf } from '../../core/errors.js';
import { GoRegexp } from '../../engine/index.js';
import { resources } from '../../kube/resources.js';
import type { Typed } from '../../kube/types.js';
import { HostedService } from '../clusters/hosted.service.js';
import { EventStreams } from '../event-stream.js';
import { CLOCK } from '../tokens.js';
import type { InstanceEvents, LogQuery } from './activity-schemas.js';
import { type InstanceAt, InstanceService } from './instance.service.js';

type EventView = InstanceEvents['items'][number];

@Injectable()
export class InstanceActivity {
  constructor(
    private readonly instances: InstanceService,
    private readonly hosted: HostedService,
    private readonly streams: EventStreams,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Lines `[pod/NAME/CONTAINER] text`. Throws ServiceNotFound (404), TooManyContainers (422), HostedClusterUnavailable (503). */
  async logs(caller: Identity, at: InstanceAt, query: LogQuery): Promise<Readable> {
    const { history, cluster } = await this.#enter(caller, at, 'instances/logs');
    const request: LogRequest = { ...query, matches: matcher(query.grep) };
    requireService(history, query.service);
    return this.hosted.lasting(cluster, async (client) => {
      const pods = async () => {
        const now = await this.instances.history(at);
        const { pods: all } = await belongingsOf(client, inventoriesOf(now.history, query.service));
        return all.map(({ pod }) => pod);
      };
      const containers = containersToRead(await pods(), request);
      const namespaces = namespacesOf(inventoriesOf(history, query.service));
      const source = { client, clock: this.clock, namespaces, pods };
      return this.streams.follow(async function* (stop) {
        try {
          for await (const line of logLines(source, containers, request, stop)) {
            yield lineText(line, query.timestamps);
          }
        } finally {
          await client.close();
        }
      });
    });
  }

  /** Throws as `logs`. */
  async events(caller: Identity, at: InstanceAt, service?: string): Promise<InstanceEvents> {
    const { history, cluster } = await this.#enter(caller, at, 'instances/events');
    requireService(history, service);
    const inventories = inventoriesOf(history, service);
    const items = await this.hosted.within(cluster, async (client) => {
      const belongings = await belongingsOf(client, inventories);
      const lists = await Promise.all(
        namespacesOf(inventories).map((namespace) => client.list(resources.Event, { namespace })),
      );
      return lists.flatMap((list) => list.items.flatMap((event) => eventView(event, belongings)));
    });
    return { items: items.toSorted((a, b) => Date.parse(a.time) - Date.parse(b.time)) };
  }

  async #enter(caller: Identity, at: InstanceAt, resource: string) {
    const found = await this.instances.readable(caller, at);
    authorize(caller, 'get', { resource, name: at.name, tenant: found.history.tenant });
    return found;
  }
}

function inventoriesOf({ releases }: InstanceHistory, service?: string): Inventories {
  const wanted = [...releases].filter(([name]) => service === undefined || name === service);
  return new Map(wanted.map(([name, own]) => [name, publishedOf(own)?.status?.inventory ?? []]));
}

function requireService({ releases }: InstanceHistory, service: string | undefined): void {
  if (service === undefined || releases.has(service)) return;
  throw new BerthError('ServiceNotFound', `Nothing of a service "${service}" was ever published here.`, {
    status: 404,
    next: `Published: ${[...releases.keys()].join(', ') || 'nothing'}.`,
  });
}

function matcher(grep: string | undefined): (text: string) => boolean {
  if (grep === undefined) return () => true;
  try {
    const expression = GoRegexp.compile(grep);
    return (text) => expression.matches(text);
  } catch (error) {
    throw new BerthError('InvalidParameter', `grep: ${messageOf(error)}.`, {
      status: 400,
      fields: [{ path: 'grep', message: messageOf(error) }],
      next: 'Write a regular expression in RE2 syntax.',
      cause: error,
    });
  }
}

function lineText({ pod, container, time, text }: LogLine, timestamps: boolean): string {
  return `[pod/${pod}/${container}] ${timestamps && time !== '' ? `${time} ` : ''}${text}\n`;
}

function eventView(event: Typed<k8s.EventsV1Event>, { serviceOf }: Belongings): EventView[] {
  const { type = '', reason = '', note = '', regarding = {} } = event;
  const service = serviceOf(regarding.uid);
  if (service === undefined) return [];
  const { kind = '', name = '' } = regarding;
  return [{ ...occurrencesOf(event), type, reason, service, kind, name, message: note }];
}

/** When an event was seen last, and how often: kubelets write the older generation of these fields. */
function occurrencesOf({ series, metadata, ...event }: Typed<k8s.EventsV1Event>) {
  const { deprecatedLastTimestamp: last, deprecatedFirstTimestamp: first, deprecatedCount = 1 } = event;
  const { creationTimestamp: created = '' } = metadata;
  const time = series?.lastObservedTime ?? last ?? event.eventTime ?? first ?? created;
  return { time, count: series?.count ?? deprecatedCount };
}
