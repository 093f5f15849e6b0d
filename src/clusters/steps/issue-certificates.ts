import { goOn, stop } from '../../kube/steps.js';
import { clusterConditions } from '../../model/conditions.js';
import { ensureAuthorities } from '../authorities.js';
import { ensureCertificates } from '../certificates.js';
import type { ClusterStep } from '../scope.js';

/** Authorities, keys and certificates are there, are the ones the cluster was made with, and live long enough. */
export const issueCertificates: ClusterStep = {
  name: 'IssueCertificates',
  condition: clusterConditions.certificates,
  async run(scope) {
    const found = await ensureAuthorities(scope);
    if ('refused' in found)
      return stop(found.refused.code, `${found.refused.message}. ${found.refused.next}`);
    await ensureCertificates(scope, found.authorities);
    return goOn;
  },
};
