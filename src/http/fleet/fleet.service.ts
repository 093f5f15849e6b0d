import { Inject, Injectable } from '@nestjs/common';
import { authorize } from '../../access/decide.js';
import type { Identity } from '../../access/identity.js';
import { isOver, startStatus } from '../../clusters/fleet/progress.js';
import { nextOpening } from '../../clusters/fleet/windows.js';
import type { Clock } from '../../core/clock.js';
import { BerthError } from '../../core/errors.js';
import { KubeClient } from '../../kube/client.js';
import { isAlreadyExists } from '../../kube/kube-error.js';
import {
  type FleetUpgrade,
  type FleetUpgradeSpec,
  type FleetUpgradeStatus,
  MAX_TARGETS,
} from '../../model/fleet-upgrade.js';
import { berthResources } from '../../model/kinds.js';
import { API_VERSION } from '../../model/names.js';
import { findUsableVersion } from '../../versions/catalogue.js';
import type { Saved } from '../saved.interceptor.js';
import { present } from '../resource-view.js';
import { CLOCK } from '../tokens.js';
import { Views } from '../views.js';
import type { FleetUpgradeCreation, FleetUpgradePatch } from './fleet-schemas.js';

const options = { fieldManager: 'berth-api' };

/** Asks for upgrades of many clusters; the reconciler carries them out. */
@Injectable()
export class FleetService {
  constructor(
    private readonly client: KubeClient,
    private readonly views: Views,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws VersionUnknown, VersionExpired, ScheduleInvalid, NoClusters (422), FleetUpgradeExists (409). */
  async create(caller: Identity, body: FleetUpgradeCreation): Promise<Saved<FleetUpgrade>> {
    authorize(caller, 'create', { resource: 'fleetupgrades' });
    const { name = this.#madeUpName(), reason, dryRun, ...rest } = body;
    const cause = { user: caller.name, ...(reason !== undefined && { reason }) };
    const spec: FleetUpgradeSpec = { ...rest, cause, command: 'Run' };
    const status = this.#judge(spec);
    const fleet: FleetUpgrade = { apiVersion: API_VERSION, kind: 'FleetUpgrade', metadata: { name }, spec };
    if (dryRun) {
      const accepted = await this.#store(fleet, true);
      return { answer: { ...accepted, status }, isNew: false };
    }
    const created = await this.#store(fleet, false);
    await this.views.fleetUpgrades.feed.arrival(created);
    return { answer: created, isNew: true };
  }

  /** Pauses, resumes, aborts, or lets more clusters fail. Throws FleetUpgradeNotFound (404), FleetUpgradeOver (409). */
  async patch(caller: Identity, name: string, patch: FleetUpgradePatch): Promise<FleetUpgrade> {
    authorize(caller, 'patch', { resource: 'fleetupgrades', name });
    const live = await this.views.fleetUpgrades.read({ name });
    if (live.status && isOver(live.status)) throw over(live.metadata.name, live.status);
    const { command, stopAfterFailures } = patch;
    const spec = {
      ...(command && { command }),
      ...(stopAfterFailures !== undefined && { strategy: { stopAfterFailures } }),
    };
    const changed = await this.client.patch(berthResources.FleetUpgrade, live.metadata, { spec }, options);
    await this.views.fleetUpgrades.feed.arrival(changed);
    return present(changed);
  }

  /** Everything that can be wrong with it is found before anything is stored. */
  #judge(spec: FleetUpgradeSpec): FleetUpgradeStatus {
    const now = new Date(this.clock.now());
    findUsableVersion(this.views.versions.all(), spec.version, now);
    if (spec.maintenance) nextOpening([spec.maintenance], now);
    const status = startStatus(spec, this.views.clusters.all(), now);
    const count = status.targets.length;
    if (count > 0 && count <= MAX_TARGETS) return status;
    const message = count === 0 ? 'no cluster matches' : `${count} clusters match, and ${MAX_TARGETS} may`;
    throw new BerthError('NoClusters', `There is nothing that could be upgraded: ${message}.`, {
      status: 422,
      fields: [{ path: 'selector', message, code: 'NoClusters' }],
      next: 'See which clusters there are: berth cluster list.',
    });
  }

  async #store(fleet: FleetUpgrade, dryRun: boolean): Promise<FleetUpgrade> {
    try {
      return present(await this.client.create(fleet, { ...options, dryRun }));
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const { name } = fleet.metadata;
      throw new BerthError('FleetUpgradeExists', `There is a fleet upgrade "${name}" already.`, {
        status: 409,
        fields: [{ path: 'name', message: 'is taken' }],
        next: 'Choose another name.',
        cause: error,
      });
    }
  }

  #madeUpName(): string {
    return `fleet-${this.clock.now().toString(36)}`;
  }
}

function over(name: string, { phase }: FleetUpgradeStatus): BerthError {
  return new BerthError('FleetUpgradeOver', `Fleet upgrade "${name}" is over: ${phase}.`, {
    status: 409,
    next: 'Make another one; clusters that are upgraded already are left as they are.',
  });
}
