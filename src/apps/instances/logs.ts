/** What the containers of an instance write, as one stream of lines. */
import type { Clock } from '../../core/clock.js';
import { BerthError, messageOf } from '../../core/errors.js';
import type { KubeClient } from '../../kube/client.js';
import { type Pod, resources } from '../../kube/resources.js';
import { linesOf } from '../../kube/watch.js';
import { inOrder, Merged } from './merged-lines.js';

export interface LogRequest {
  /** Go on with what is written from now on, by pods that start later, too. */
  follow: boolean;
  /** Of the container before the last restart. */
  previous: boolean;
  /** Only containers of this name. */
  container?: string;
  sinceSeconds?: number;
  /** Lines of each container to begin with; all unless told. */
  tailLines?: number;
  matches: (text: string) => boolean;
}

export interface LogLine {
  pod: string;
  container: string;
  /** RFC 3339 with nanoseconds, as the kubelet noted it. */
  time: string;
  text: string;
}

export interface LogSource {
  client: KubeClient;
  clock: Clock;
  namespaces: readonly string[];
  /** The pods to read, as they are now. */
  pods(): Promise<Pod[]>;
}

export interface LogContainer {
  id: string;
  namespace?: string;
  pod: string;
  name: string;
}

/** Each is a request of its own that lasts. */
const MAX_CONTAINERS = 200;
const WATCH_AGAIN_MS = 1000;

/**
 * The lines of containers: those that are there in the order of time, with `follow` then as they come, of containers
 * that start later, too. Does not fail: what cannot be read says so in a line.
 */
export function logLines(
  source: LogSource,
  containers: readonly LogContainer[],
  request: LogRequest,
  stop: AbortSignal,
): AsyncIterable<LogLine> {
  if (request.follow) return followed(source, containers, request, stop);
  const streams = containers.map((container) => linesIn(source.client, container, request, stop));
  return inOrder(streams, (a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
}

function followed(
  source: LogSource,
  containers: readonly LogContainer[],
  request: LogRequest,
  stop: AbortSignal,
): AsyncIterable<LogLine> {
  const lines = new Merged<LogLine>();
  const begun = new Set(containers.map(({ id }) => id));
  for (const container of containers) lines.add(linesIn(source.client, container, request, stop));
  const whole = { ...request, sinceSeconds: undefined, tailLines: undefined };
  const begin = async () => {
    const found = containersOf(await source.pods(), request);
    for (const container of found.filter(({ id }) => !begun.has(id))) {
      begun.add(container.id);
      if (begun.size <= MAX_CONTAINERS) lines.add(linesIn(source.client, container, whole, stop));
    }
  };
  for (const namespace of source.namespaces) {
    lines.add(nothingWhile(onNewContainers(source, namespace, request, begun, begin, stop)));
  }
  return lines;
}

/** Calls `begin` whenever a container starts that is not known; containers of others become known by it, too. */
async function onNewContainers(
  { client, clock }: LogSource,
  namespace: string,
  request: LogRequest,
  known: Set<string>,
  begin: () => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    try {
      // No version: what is there comes first, as ADDED.
      for await (const event of client.watch(resources.Pod, {
        namespace,
        resourceVersion: '',
        signal: stop,
      })) {
        const fresh = containersOf([event.object], request).filter(({ id }) => !known.has(id));
        if (fresh.length === 0) continue;
        await begin();
        for (const { id } of fresh) known.add(id);
      }
    } catch (error) {
      if (!(error instanceof BerthError)) throw error;
    }
    await clock.sleep(WATCH_AGAIN_MS, stop).catch(() => undefined);
  }
}

// oxlint-disable-next-line require-yield -- a source of no lines keeps the stream open while it works
async function* nothingWhile(work: Promise<void>): AsyncGenerator<never> {
  await work;
}

async function* linesIn(
  client: KubeClient,
  { namespace = '', pod, name }: LogContainer,
  { follow, previous, sinceSeconds, tailLines, matches }: LogRequest,
  stop: AbortSignal,
): AsyncGenerator<LogLine> {
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log`;
  const query = { container: name, follow, previous, sinceSeconds, tailLines, timestamps: true };
  try {
    const chunks = await client.stream({ method: 'GET', path, query, signal: stop });
    for await (const line of linesOf(terminated(chunks))) {
      const at = line.indexOf(' ');
      const text = line.slice(at + 1);
      if (at > 0 && matches(text)) yield { pod, container: name, time: line.slice(0, at), text };
    }
  } catch (error) {
    // One pod that cannot be read, because it or its node went, is no reason to end the others.
    if (!stop.aborted) yield { pod, container: name, time: '', text: `(berth: ${messageOf(error)})` };
  }
}

/** The last line of a container need not end in a newline. */
async function* terminated(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks;
  yield Buffer.from('\n');
}

/** Containers that have written, or could have. @throws BerthError `TooManyContainers` (422) */
export function containersToRead(pods: readonly Pod[], request: LogRequest): LogContainer[] {
  const found = containersOf(pods, request);
  if (found.length > MAX_CONTAINERS) throw tooMany(found.length);
  return found;
}

function containersOf(pods: readonly Pod[], { container, previous }: LogRequest): LogContainer[] {
  return pods.flatMap(({ metadata, status }) => {
    const {
      initContainerStatuses = [],
      containerStatuses = [],
      ephemeralContainerStatuses = [],
    } = status ?? {};
    return [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses].flatMap((one) => {
      const id = previous ? one.lastState?.terminated?.containerID : one.containerID;
      if (!id || (container !== undefined && one.name !== container)) return [];
      return [{ id, namespace: metadata.namespace, pod: metadata.name, name: one.name }];
    });
  });
}

function tooMany(count: number): BerthError {
  return new BerthError(
    'TooManyContainers',
    `These are the logs of ${count} containers; ${MAX_CONTAINERS} are the most that are read at once.`,
    { status: 422, next: 'Name a service or a container.' },
  );
}
