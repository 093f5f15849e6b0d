/** Shapes of requests about upgrades of the fleet. */
import { z } from 'zod';
import { objectName } from '../../model/fields.js';
import { fleetCommand, fleetStrategy, fleetUpgradeSpec } from '../../model/fleet-upgrade.js';
import { reason } from '../../model/versions.js';

const { version, selector, tenants, upgrade, maintenance, ignoreClusterWindows } = fleetUpgradeSpec.shape;

export const fleetUpgradeCreation = z
  .strictObject({
    name: objectName.optional().describe('Made up unless told.'),
    version,
    selector,
    tenants,
    upgrade,
    strategy: fleetStrategy.prefault({}),
    maintenance,
    ignoreClusterWindows,
    reason: reason.optional(),
    dryRun: z.boolean().default(false).describe('Tell which clusters, in which waves; make nothing.'),
  })
  .meta({ id: 'FleetUpgradeCreation' });
export type FleetUpgradeCreation = z.output<typeof fleetUpgradeCreation>;

export const fleetUpgradePatch = z
  .strictObject({
    command: fleetCommand.optional().describe('Run (resume), Pause or Abort.'),
    stopAfterFailures: fleetStrategy.shape.stopAfterFailures
      .unwrap()
      .optional()
      .describe('A higher one lets a stopped upgrade go on.'),
  })
  .meta({ id: 'FleetUpgradePatch' });
export type FleetUpgradePatch = z.output<typeof fleetUpgradePatch>;
