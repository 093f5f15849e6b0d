#!/bin/sh
# First process of a sandbox host, started in new mount, UTS, IPC and PID namespaces and in the host's network
# namespace: gives it directories of its own, then becomes the init that supervises its services.
#   sandbox-init.sh NODE_DIR HOST_NAME CGROUPS VISIBLE_DIR...
# NODE_DIR holds rootfs/ (what replaces /etc, /opt, /var/lib and /var/log), services/ and init.pid.
# CGROUPS are directories of the cgroup that the host's services belong to, with blanks between them.
# The VISIBLE_DIRs stay what they are even where they lie below a replaced directory.
set -eu
node_dir=$1
host_name=$2
cgroups=$3
shift 3
root=$node_dir/rootfs

for cgroup in $cgroups; do
  echo 0 >"$cgroup/cgroup.procs"
done

# /proc still belongs to the machine here, so "self" is this process as the machine numbers it. It stays the
# same process to the end of the script: PID 1 of the host.
read -r stat </proc/self/stat

# Changes to /etc (kubeadm, CNI, hosts) go to a layer of the host's own; the machine's files show through.
mkdir -p "$root/etc" "$root/etc.work"
mount -t overlay -o "lowerdir=/etc,upperdir=$root/etc,workdir=$root/etc.work" overlay /etc
for dir in /opt /var/lib /var/log; do
  mkdir -p "$root$dir"
  for visible in "$@"; do
    case $visible/ in
      "$dir"/*)
        mkdir -p "$root$visible"
        mount --bind "$visible" "$root$visible"
        ;;
    esac
  done
  mount --rbind "$root$dir" "$dir"
done
mkdir -p /var/lib/kubelet /etc/cni/net.d /etc/kubernetes
mount --bind /var/lib/kubelet /var/lib/kubelet
# The kubelet hands mounts on to pods that ask for it, which needs a shared mount.
mount --make-rshared /var/lib/kubelet
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock
mount -t proc proc /proc
hostname "$host_name"

echo "$stat" >"$node_dir/init.pid"
exec catatonit -- runsvdir -P "$node_dir/services"
