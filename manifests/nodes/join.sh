#!/bin/sh
# Makes this machine a node of a Kubernetes cluster hosted by Berth.
#
#   sh join.sh [--dry-run] [--node-name NAME] [--packages-url URL] [--kubelet-patch FILE]
#              [--ignore-preflight-errors LIST]
#   sh join.sh --reset [--dry-run]
#
# Debian, Ubuntu and the Red Hat family get what is missing (containerd, CNI plugins, kubelet, kubeadm) from packages;
# elsewhere they must be there. Can be repeated: a machine that has joined stays as it is.
# When it fails, the last line says which hop failed: `join: HOP: why. what to do`.
set -eu

# BEGIN PARAMETERS
BERTH_CLUSTER=${BERTH_CLUSTER:-}
BERTH_SERVER=${BERTH_SERVER:-}
BERTH_TOKEN=${BERTH_TOKEN:-}
BERTH_TOKEN_EXPIRES_AT=${BERTH_TOKEN_EXPIRES_AT:-}
BERTH_CA_CERT_HASH=${BERTH_CA_CERT_HASH:-}
BERTH_KUBERNETES_VERSION=${BERTH_KUBERNETES_VERSION:-}
BERTH_JOIN_CONFIGURATION=${BERTH_JOIN_CONFIGURATION:-}
BERTH_PACKAGES_URL=${BERTH_PACKAGES_URL:-https://pkgs.k8s.io}
# END PARAMETERS

KUBELET_CONF=/etc/kubernetes/kubelet.conf
PATCHES=/etc/kubernetes/berth-patches
MAX_CLOCK_SKEW=240
MAX_START=90s

dry_run=
node_name=
kubelet_patch=
ignored_errors=
work=

say() { printf '%s\n' "$*"; }

# fail HOP MESSAGE
fail() {
  printf 'join: %s: %s\n' "$1" "$2" >&2
  exit 1
}

# Runs a command that changes the machine, or says what it would run.
change() {
  if [ -n "$dry_run" ]; then
    say "would run: $*"
  else
    "$@"
  fi
}

# write FILE: standard input becomes its content.
write() {
  if [ -n "$dry_run" ]; then
    say "would write: $1"
    cat >/dev/null
  else
    mkdir -p "$(dirname "$1")"
    cat >"$1"
  fi
}

has() { command -v "$1" >/dev/null 2>&1; }
has_systemd() { [ -d /run/systemd/system ]; }

# `36` of v1.36.3
minor() { printf '%s' "$1" | sed -n 's/^v\{0,1\}[0-9]*\.\([0-9]*\).*/\1/p'; }

# ---- what is missing on this machine

family() {
  # shellcheck source=/dev/null
  (. /etc/os-release && case " ${ID:-} ${ID_LIKE:-} " in
    *' debian '* | *' ubuntu '*) echo debian ;;
    *' rhel '* | *' fedora '* | *' centos '*) echo rhel ;;
    *) echo other ;;
  esac)
}

has_runtime() { has containerd || has crio; }
has_kubernetes() { has kubelet && has kubeadm; }

# Where the plugins are that every CNI builds on.
cni_dir() {
  for dir in /opt/cni/bin /usr/lib/cni /usr/libexec/cni; do
    [ -x "$dir/bridge" ] && printf '%s' "$dir" && return 0
  done
  return 1
}

# The package of the kubelet brings plugins along: only a kubelet that is there already can lack them.
lacks_plugins() { has kubelet && ! cni_dir >/dev/null; }

install_missing() {
  missing=
  has_runtime || missing="$missing containerd"
  has kubelet || missing="$missing kubelet"
  has kubeadm || missing="$missing kubeadm"
  ! lacks_plugins || missing="$missing containernetworking-plugins"
  [ -n "$missing" ] || return 0
  say "Installing$missing"
  case $(family) in
    debian) install_debian ;;
    rhel) install_rhel ;;
    *) fail packages "this system's packages are not known; install$missing of Kubernetes $BERTH_KUBERNETES_VERSION, then run this again" ;;
  esac
}

repository() {
  printf '%s/core:/stable:/v1.%s/%s/' "$BERTH_PACKAGES_URL" "$(minor "$BERTH_KUBERNETES_VERSION")" "$1"
}

install_debian() {
  has_kubernetes || add_debian_repository
  change apt-get update -q || fail packages 'apt-get update failed'
  has_runtime || debian_packages containerd || fail packages 'containerd cannot be installed'
  ! lacks_plugins || debian_packages containernetworking-plugins || fail packages 'containernetworking-plugins cannot be installed'
  ! has_kubernetes || return 0
  debian_packages --allow-change-held-packages "kubelet=$BERTH_KUBERNETES_VERSION-*" "kubeadm=$BERTH_KUBERNETES_VERSION-*" ||
    fail packages "kubelet and kubeadm $BERTH_KUBERNETES_VERSION cannot be installed from $(repository deb)"
  # An upgrade of the system must not take the kubelet past the masters.
  change apt-mark hold kubelet kubeadm
}

debian_packages() { change env DEBIAN_FRONTEND=noninteractive apt-get install -yq "$@"; }

add_debian_repository() {
  repo=$(repository deb)
  [ -n "$dry_run" ] || curl -fsSL "${repo}Release.key" -o "$work/key" ||
    fail packages "cannot reach $repo; allow it, or name a mirror with --packages-url"
  [ -n "$dry_run" ] || write /etc/apt/keyrings/kubernetes.asc <"$work/key"
  echo "deb [signed-by=/etc/apt/keyrings/kubernetes.asc] $repo /" |
    write /etc/apt/sources.list.d/kubernetes.list
}

install_rhel() {
  has_runtime || change dnf install -y containerd || change dnf install -y containerd.io ||
    fail packages 'neither containerd nor containerd.io can be installed; add a repository that has one'
  ! lacks_plugins || change dnf install -y containernetworking-plugins || fail packages 'containernetworking-plugins cannot be installed'
  ! has_kubernetes || return 0
  add_rhel_repository
  change dnf install -y --disableexcludes=kubernetes "kubelet-$BERTH_KUBERNETES_VERSION" "kubeadm-$BERTH_KUBERNETES_VERSION" ||
    fail packages "kubelet and kubeadm $BERTH_KUBERNETES_VERSION cannot be installed from $(repository rpm)"
}

add_rhel_repository() {
  repo=$(repository rpm)
  write /etc/yum.repos.d/kubernetes.repo <<EOF
[kubernetes]
name=Kubernetes
baseurl=$repo
enabled=1
gpgcheck=1
gpgkey=${repo}repodata/repomd.xml.key
exclude=kubelet kubeadm kubectl cri-tools kubernetes-cni
EOF
}

# ---- kernel and container runtime

prepare_kernel() {
  bridge=/proc/sys/net/bridge/bridge-nf-call-iptables
  if has modprobe && [ ! -e $bridge ]; then
    printf 'overlay\nbr_netfilter\n' | write /etc/modules-load.d/berth.conf
    change modprobe overlay || true
    change modprobe br_netfilter || fail kernel 'the module br_netfilter cannot be loaded; install the modules of the running kernel'
  fi
  if [ "$(cat $bridge 2>/dev/null)" = 1 ] && [ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ]; then return 0; fi
  write /etc/sysctl.d/99-berth.conf <<EOF
net.bridge.bridge-nf-call-iptables = 1
net.ipv4.ip_forward = 1
EOF
  change sysctl -q -p /etc/sysctl.d/99-berth.conf || fail kernel 'the settings of /etc/sysctl.d/99-berth.conf are refused'
}

runtime_socket() {
  for socket in /run/containerd/containerd.sock /run/crio/crio.sock; do
    [ -S "$socket" ] && printf '%s' "$socket" && return 0
  done
  return 1
}

CONTAINERD_CONFIG=/etc/containerd/config.toml

# Whether containerd is set up as the kubelet wants it. Docker's package switches the part off that the kubelet talks to;
# Debian's does not leave cgroups to systemd, and looks for plugins where the kubelet's package does not put them.
containerd_suits() {
  [ -s $CONTAINERD_CONFIG ] || return 1
  ! grep -q '^disabled_plugins.*"cri"' $CONTAINERD_CONFIG || return 1
  containerd --config $CONTAINERD_CONFIG config dump >"$work/containerd" 2>/dev/null || return 1
  grep -q 'SystemdCgroup = true' "$work/containerd" || return 1
  plugins=$(cni_dir) || return 0
  grep -q "bin_dirs\{0,1\} = .*[\"']${plugins}[\"']" "$work/containerd"
}

configure_containerd() {
  if [ -n "$dry_run" ]; then
    say "would write: $CONTAINERD_CONFIG"
    return 0
  fi
  if [ -s $CONTAINERD_CONFIG ] && [ ! -e $CONTAINERD_CONFIG.before-berth ]; then
    mv $CONTAINERD_CONFIG $CONTAINERD_CONFIG.before-berth
    say "containerd is configured for the kubelet; what it had before is in $CONTAINERD_CONFIG.before-berth"
  fi
  plugins=$(cni_dir) || plugins=/opt/cni/bin
  mkdir -p "${CONTAINERD_CONFIG%/*}"
  containerd config default | sed -e 's/SystemdCgroup = false/SystemdCgroup = true/' \
    -e "s|bin_dir = [\"']/.*|bin_dir = \"$plugins\"|" -e "s|bin_dirs = .*|bin_dirs = [\"$plugins\"]|" >"$work/containerd"
  write $CONTAINERD_CONFIG <"$work/containerd"
}

prepare_runtime() {
  if has_systemd && has containerd && ! containerd_suits; then
    configure_containerd
    change systemctl restart containerd || fail 'container runtime' 'containerd does not start; see journalctl -u containerd'
  fi
  if has_systemd && has containerd && ! runtime_socket >/dev/null; then
    change systemctl enable --now containerd || fail 'container runtime' 'containerd does not start; see journalctl -u containerd'
  fi
  [ -n "$dry_run" ] && return 0
  socket=$(runtime_socket) ||
    fail 'container runtime' 'no runtime listens on /run/containerd/containerd.sock or /run/crio/crio.sock; start containerd'
  if [ "${socket##*/}" = containerd.sock ] && has ctr; then
    ctr --connect-timeout 5s --address "$socket" version >/dev/null 2>&1 ||
      fail 'container runtime' "containerd does not answer on $socket; see its log"
  fi
}

# ---- the way to the masters, hop by hop

# fetch PATH [CURL OPTION...]: the body goes to $work/body, headers to $work/headers; gives curl's own exit code.
fetch() {
  path=$1
  shift
  curl -sS --connect-timeout 5 --max-time 20 -D "$work/headers" -o "$work/body" "$@" "https://$BERTH_SERVER$path" \
    2>"$work/error"
}

# curl tells of every attempt; what counts is one line of a message.
last_error() { tail -n 1 "$work/error"; }

http_status() { sed -n 's/^HTTP[^ ]* \([0-9]*\).*/\1/p' "$work/headers" | tail -n 1; }

CLUSTER_INFO=/api/v1/namespaces/kube-public/configmaps/cluster-info

check_connection() {
  code=0
  # Masters that have just become ready may be reached a moment later.
  fetch $CLUSTER_INFO --insecure --retry 3 --retry-connrefused || code=$?
  case $code in
    0) ;;
    6) fail 'name lookup' "${BERTH_SERVER%:*} is not known to this machine's DNS" ;;
    7 | 28) fail TCP "$BERTH_SERVER does not answer ($(last_error)); open the way through firewalls and routes" ;;
    *) fail TLS "$BERTH_SERVER does not speak TLS as an API server does ($(last_error))" ;;
  esac
}

check_clock() {
  remote=$(sed -n 's/^[Dd]ate: *//p' "$work/headers" | tr -d '\r' | tail -n 1)
  remote=$(date -d "$remote" +%s 2>/dev/null) || return 0
  skew=$(($(date +%s) - remote))
  if [ "$skew" -gt $MAX_CLOCK_SKEW ] || [ "$skew" -lt -$MAX_CLOCK_SKEW ]; then
    fail clock "this machine's clock is $skew seconds off the masters'; set it (timedatectl set-ntp true)"
  fi
}

check_authority() {
  [ "$(http_status)" = 200 ] || fail cluster-info "$BERTH_SERVER answered $(http_status) for cluster-info; see the condition NodesCanJoin of the cluster"
  sed -n 's/.*certificate-authority-data: *\([A-Za-z0-9+/=]*\).*/\1/p' "$work/body" | base64 -d >"$work/ca.crt" 2>/dev/null || true
  if has openssl; then
    pin=$(openssl x509 -in "$work/ca.crt" -noout -pubkey 2>/dev/null | openssl pkey -pubin -outform der 2>/dev/null | sha256sum)
    [ "sha256:${pin%% *}" = "$BERTH_CA_CERT_HASH" ] ||
      fail 'CA pin' "the authority that $BERTH_SERVER shows is not the one of cluster $BERTH_CLUSTER; do not trust it, get a new join token"
  fi
  fetch /version --cacert "$work/ca.crt" ||
    fail TLS "the certificate of $BERTH_SERVER does not verify ($(last_error))"
}

token_trouble() {
  expiry=$(date -d "$BERTH_TOKEN_EXPIRES_AT" +%s 2>/dev/null) || expiry=
  if [ -n "$BERTH_TOKEN_EXPIRES_AT" ] && [ -n "$expiry" ] && [ "$(date +%s)" -ge "$expiry" ]; then
    printf 'expired at %s' "$BERTH_TOKEN_EXPIRES_AT"
  else
    printf 'was revoked or is unknown'
  fi
}

check_token() {
  # By standard input: arguments can be read by every user of the machine.
  printf 'header = "Authorization: Bearer %s"\n' "$BERTH_TOKEN" |
    fetch /api/v1/namespaces/kube-system/configmaps/kubeadm-config --cacert "$work/ca.crt" --config - ||
    fail TCP "$BERTH_SERVER stopped answering ($(last_error))"
  case $(http_status) in
    200) ;;
    401) fail token "the join token $(token_trouble); get a new one: berth node token $BERTH_CLUSTER" ;;
    *) fail token "the masters answered $(http_status) to the join token; see the condition NodesCanJoin of the cluster" ;;
  esac
}

check_versions() {
  masters=$(minor "$BERTH_KUBERNETES_VERSION")
  for tool in kubelet kubeadm; do
    has $tool || continue
    case $tool in
      kubelet) version=$(kubelet --version | sed 's/^Kubernetes //') ;;
      kubeadm) version=$(kubeadm version -o short) ;;
    esac
    own=$(minor "$version")
    if [ "$own" -gt "$masters" ]; then
      fail 'version skew' "$tool $version is newer than the masters ($BERTH_KUBERNETES_VERSION); install $tool 1.$masters"
    elif [ "$own" -lt $((masters - 3)) ]; then
      fail 'version skew' "$tool $version is more than three minors older than the masters ($BERTH_KUBERNETES_VERSION); install $tool 1.$masters"
    fi
  done
}

# ---- joining

# What of the kubelet's configuration depends on this machine.
write_patches() {
  {
    echo 'apiVersion: kubelet.config.k8s.io/v1beta1'
    echo 'kind: KubeletConfiguration'
    has_systemd || echo 'cgroupDriver: cgroupfs'
    [ -e /sys/fs/cgroup/cgroup.controllers ] || echo 'failCgroupV1: false'
    [ "$(wc -l </proc/swaps)" -le 1 ] || echo 'failSwapOn: false'
  } | write $PATCHES/kubeletconfiguration0+strategic.yaml
  if [ -n "$kubelet_patch" ]; then
    write $PATCHES/kubeletconfiguration1+strategic.yaml <"$kubelet_patch"
  fi
}

join() {
  write_patches
  {
    printf '%s\n' "$BERTH_JOIN_CONFIGURATION"
    printf 'patches:\n  directory: %s\n' $PATCHES
    # A denied certificate keeps the kubelet from coming up; nobody should wait the usual minutes to be told.
    printf 'timeouts:\n  kubeletHealthCheck: %s\n  tlsBootstrap: %s\n' $MAX_START $MAX_START
  } >"$work/join.yaml"
  has_systemd && change systemctl enable -q kubelet
  set -- join --config "$work/join.yaml"
  [ -z "$node_name" ] || set -- "$@" --node-name "$node_name"
  [ -z "$ignored_errors" ] || set -- "$@" --ignore-preflight-errors "$ignored_errors"
  if [ -n "$dry_run" ]; then
    say 'would run: kubeadm join'
    return 0
  fi
  kubeadm "$@" >"$work/log" 2>&1 || explain_failure
  say "This machine is a node of cluster $BERTH_CLUSTER."
}

explain_failure() {
  cat "$work/log" >&2
  if grep -q 'ERROR' "$work/log"; then
    fail preflight "$(sed -n 's/^.*\[ERROR \([^]]*\)\]: */\1: /p' "$work/log" | head -n 1)"
  elif grep -q 'already exists in the cluster' "$work/log"; then
    fail 'node name' 'a node of this name is Ready in the cluster; give another one with --node-name'
  elif [ -e /var/lib/kubelet/config.yaml ] && [ ! -e /var/lib/kubelet/pki/kubelet-client-current.pem ]; then
    fail CSR "the cluster did not approve the node's certificate; the token's limit may be reached. Run this with --reset, then join with a new token"
  fi
  fail kubelet 'the kubelet does not come up; see its log (journalctl -u kubelet), run this with --reset, then again'
}

joined() {
  [ -e $KUBELET_CONF ] || return 1
  grep -q "server: https://$BERTH_SERVER\$" $KUBELET_CONF ||
    fail 'node' "this machine is a node of another cluster ($(sed -n 's/.*server: //p' $KUBELET_CONF)); take it out with --reset first"
}

# Without systemd nobody but us stops the kubelet; its supervisor starts it again when there is a configuration.
stop_kubelet() {
  change rm -f /var/lib/kubelet/config.yaml
  for pid in $(pidof kubelet 2>/dev/null); do
    change kill "$pid"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      kill -0 "$pid" 2>/dev/null || break
      [ -z "$dry_run" ] || break
      sleep 1
    done
  done
}

# What pods had mounted keeps their directories from being removed.
unmount_pods() {
  awk '$2 ~ "^/var/lib/kubelet/" { print $2 }' /proc/mounts | sort -r | while read -r mount; do
    change umount "$mount" || change umount -l "$mount" || true
  done
}

reset() {
  has_systemd || stop_kubelet
  if has kubeadm; then change kubeadm reset --force || true; fi
  unmount_pods
  change rm -rf /etc/kubernetes/kubelet.conf /etc/kubernetes/bootstrap-kubelet.conf /etc/kubernetes/pki $PATCHES \
    /var/lib/kubelet/config.yaml /var/lib/kubelet/instance-config.yaml /var/lib/kubelet/kubeadm-flags.env \
    /var/lib/kubelet/pki /var/lib/kubelet/pods
  say 'This machine is no node any more.'
}

usage() {
  sed -n '2,/^set -eu/{/^#/s/^# \{0,1\}//p;}' "$0" 2>/dev/null || true
}

main() {
  action='join'
  while [ $# -gt 0 ]; do
    case $1 in
      --dry-run) dry_run=yes ;;
      --reset) action=reset ;;
      --node-name) node_name=$2 && shift ;;
      --packages-url) BERTH_PACKAGES_URL=$2 && shift ;;
      --kubelet-patch) kubelet_patch=$2 && shift ;;
      --ignore-preflight-errors) ignored_errors=$2 && shift ;;
      --help) usage && exit 0 ;;
      *) fail usage "unknown argument $1" ;;
    esac
    shift
  done
  [ "$(id -u)" = 0 ] || fail usage 'run this as root'
  if [ $action = reset ]; then
    reset
    exit 0
  fi
  [ -n "$BERTH_TOKEN" ] || fail usage 'this script has no join token in it; get it with: berth node token CLUSTER --as script'
  has curl || fail packages 'curl is missing; install it'
  if joined; then
    say "This machine is a node of cluster $BERTH_CLUSTER already."
    exit 0
  fi
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  check_connection
  check_clock
  check_authority
  check_token
  check_versions
  install_missing
  check_versions
  prepare_kernel
  prepare_runtime
  join
}

# The last line: a script that was cut off on its way does nothing.
main "$@"
