import { toYaml } from '../core/yaml.js';
import { type JoinAccess, joinConfiguration } from './join-configuration.js';
import { joinScript } from './join-script.js';

/** Three ways to join: for machines that have kubeadm, for any machine, and for one that is about to be made. */
export interface JoinInstructions {
  /** For machines that have kubeadm and kubelet of `kubernetesVersion`'s minor and a container runtime. */
  kubeadm: string;
  /** One line for a shell as any user with sudo; installs what is missing. */
  shell: string;
  /** cloud-init user data with the whole script. */
  cloudInit: string;
}

/** @param scriptUrl where the machine gets the script with its token. */
export function joinInstructions(access: JoinAccess, scriptUrl: string): JoinInstructions {
  return {
    kubeadm: kubeadmJoin(access),
    shell: `curl -fsSL -H 'Authorization: Bearer ${access.token}' '${scriptUrl}' | sudo sh`,
    cloudInit: cloudInit(access),
  };
}

/** Labels and taints have no flag: with them the line hands a configuration over. */
function kubeadmJoin(access: JoinAccess): string {
  const { server, token, caCertHash } = access;
  if (isPlain(access)) {
    return `kubeadm join ${server} --token ${token} --discovery-token-ca-cert-hash ${caCertHash}`;
  }
  return `kubeadm join --config /dev/stdin <<'EOF'\n${joinConfiguration(access)}EOF`;
}

function isPlain({ labels = {}, taints = [] }: JoinAccess): boolean {
  return Object.keys(labels).length === 0 && taints.length === 0;
}

function cloudInit(access: JoinAccess): string {
  const path = '/root/berth-join.sh';
  const data = {
    write_files: [{ path, permissions: '0700', content: joinScript(access) }],
    runcmd: [['sh', path]],
  };
  return `#cloud-config\n${toYaml(data)}`;
}
