/** Hiding what secrets gave to the objects of an instance: what cannot be hidden for sure is not shown. */
import { stableStringify } from '../../core/digest.js';
import { BerthError, messageOf } from '../../core/errors.js';
import type { VersionRef } from '../../model/instance.js';
import type { Release } from '../../model/release.js';
import { publishedOf } from '../instances/service-state.js';
import type { InstanceHistory } from './publishing.js';
import type { Redact, Renderer } from './rendering.js';

/**
 * Hides what stems from secrets of the draft, of `shown` releases, and of all that may be in the cluster: the last
 * published releases and those after them, which may have applied a part.
 * @throws BerthError `SecretsUnknown` (409) when a version of them is gone; transient errors as they are
 */
export async function redactorOf(
  renderer: Renderer,
  { instance, tenant, releases }: InstanceHistory,
  shown: readonly Release[] = [],
): Promise<Redact> {
  const released = [...[...releases.values()].flatMap(appliedOf), ...shown].map(
    ({ spec }) => spec.inputs.config,
  );
  const all = await Promise.all([
    renderer.redactor(tenant, instance.spec.config).catch(nothingWhenGone),
    ...distinct(released).map((config) => certainRedactor(renderer, tenant, config)),
  ]);
  return (text) => all.reduce((rest, redact) => redact(rest), text);
}

/** As the renderer's, but what is not transient says what it means. */
export function certainRedactor(
  renderer: Renderer,
  tenant: string,
  config: VersionRef | undefined,
): Promise<Redact> {
  return renderer.redactor(tenant, config).catch((error: unknown) => {
    if (!(error instanceof BerthError) || error.transient) throw error;
    throw new BerthError('SecretsUnknown', `What has to be hidden is not known: ${messageOf(error)}`, {
      status: 409,
      next: 'Publish a version that is still there, then look again.',
      cause: error,
    });
  });
}

/** A draft whose version is gone has no values that could be anywhere. */
function nothingWhenGone(error: unknown): Redact {
  if (error instanceof BerthError && error.status === 404) return (text) => text;
  throw error;
}

function appliedOf(releases: readonly Release[]): Release[] {
  const published = publishedOf(releases)?.spec.revision ?? 0;
  return releases.filter(({ spec }) => spec.revision >= published && spec.action !== 'Undeploy');
}

function distinct(refs: readonly (VersionRef | undefined)[]): (VersionRef | undefined)[] {
  return [...new Map(refs.map((ref) => [stableStringify(ref ?? null), ref])).values()];
}
