import { type BeforeApplicationShutdown, Injectable, Module } from '@nestjs/common';
import { ApplicationService } from './apps/application.service.js';
import { ApplicationsController } from './apps/applications.controller.js';
import { ConfigService } from './apps/config.service.js';
import { ConfigsController } from './apps/configs.controller.js';
import { SearchService } from './apps/search.service.js';
import { TemplateAdmission } from './apps/template-admission.js';
import { TemplateImport } from './apps/template-import.js';
import { TemplateService } from './apps/template.service.js';
import { TemplatesController } from './apps/templates.controller.js';
import { VersionUse } from './apps/version-use.js';
import { BackupService } from './backups/backup.service.js';
import { BackupsController } from './backups/backups.controller.js';
import { BulkInstances } from './apps/bulk-instances.js';
import { InstanceActivity } from './apps/instance-activity.js';
import { InstanceChanges } from './apps/instance-changes.js';
import { InstanceDrafts } from './apps/instance-drafts.js';
import { InstanceService } from './apps/instance.service.js';
import { InstanceActivityController } from './apps/instance-activity.controller.js';
import { InstancesController } from './apps/instances.controller.js';
import { ReleasesController } from './apps/releases.controller.js';
import { RolloutImpacts } from './apps/rollout-impacts.js';
import { RolloutService } from './apps/rollout.service.js';
import { RolloutsController } from './apps/rollouts.controller.js';
import { IdentityController } from './catalogue/identity.controller.js';
import { PlansController } from './catalogue/plans.controller.js';
import { TenantService } from './catalogue/tenant.service.js';
import { TenantsController } from './catalogue/tenants.controller.js';
import { VersionService } from './catalogue/version.service.js';
import { VersionsController } from './catalogue/versions.controller.js';
import { ClusterService } from './clusters/cluster.service.js';
import { ClustersController } from './clusters/clusters.controller.js';
import { HostedService } from './clusters/hosted.service.js';
import { JoinTokenService } from './clusters/join-token.service.js';
import { JoinTokensController } from './clusters/join-tokens.controller.js';
import { KubeconfigService } from './clusters/kubeconfig.service.js';
import { NodeService } from './clusters/node.service.js';
import { RestoringRollback } from './clusters/restoring-rollback.js';
import { UpgradeService } from './clusters/upgrade.service.js';
import { UpgradesController } from './clusters/upgrades.controller.js';
import { NodesController } from './clusters/nodes.controller.js';
import { TransferController } from './transfer/transfer.controller.js';
import { TransferService } from './transfer/transfer.service.js';
import { EtcdController } from './etcd/etcd.controller.js';
import { EtcdService } from './etcd/etcd.service.js';
import { EventStreams } from './event-stream.js';
import { FleetController } from './fleet/fleet.controller.js';
import { FleetService } from './fleet/fleet.service.js';
import { HealthController } from './health/health.controller.js';
import { MetricsController } from './health/metrics.controller.js';
import { Readiness } from './health/readiness.js';
import { OperationRequests } from './operations/operation-requests.js';
import { OperationsController } from './operations/operations.controller.js';
import { Views } from './views.js';

/** Watches never end by themselves: the process says goodbye to them before it stops listening. */
@Injectable()
class WatchDrain implements BeforeApplicationShutdown {
  constructor(private readonly streams: EventStreams) {}

  beforeApplicationShutdown(): void {
    this.streams.drain();
  }
}

/** The caches are as the API answers lists and watches from them. */
@Injectable()
class CachesCheck {
  constructor(readiness: Readiness, views: Views) {
    const run = () => (views.synced ? undefined : 'not all objects have been read yet');
    readiness.add({ name: 'caches', run });
  }
}

/** Health and metrics: every role has them. */
@Module({ controllers: [HealthController, MetricsController] })
export class ObservabilityModule {}

/** The REST API. */
@Module({
  controllers: [
    IdentityController,
    TenantsController,
    PlansController,
    VersionsController,
    ClustersController,
    JoinTokensController,
    NodesController,
    UpgradesController,
    OperationsController,
    InstancesController,
    InstanceActivityController,
    ReleasesController,
    RolloutsController,
    FleetController,
    ConfigsController,
    BackupsController,
    TransferController,
    EtcdController,
    TemplatesController,
    ApplicationsController,
  ],
  providers: [
    { provide: EventStreams, useFactory: () => new EventStreams() },
    Views,
    ClusterService,
    KubeconfigService,
    HostedService,
    JoinTokenService,
    NodeService,
    BackupService,
    TransferService,
    EtcdService,
    OperationRequests,
    TenantService,
    RestoringRollback,
    UpgradeService,
    InstanceActivity,
    InstanceChanges,
    BulkInstances,
    InstanceDrafts,
    InstanceService,
    RolloutImpacts,
    RolloutService,
    FleetService,
    VersionUse,
    ConfigService,
    VersionService,
    TemplateImport,
    TemplateAdmission,
    TemplateService,
    ApplicationService,
    SearchService,
    WatchDrain,
    CachesCheck,
  ],
})
export class ApiModule {}
