#!/usr/bin/env bash
# Copyright The cx-operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
#   hack/node/inside.sh COMMAND ARGUMENT...
#
# Runs a command in a machine of its own: namespaces for processes, mounts, network and host name. What it starts there, a whole
# Kubernetes node, uses no port, address, bridge, packet filter or folder of the system, and ends with the command, however that
# ends. The command finds in its environment
#
#   CX_NODE_WORK      a folder for whatever it keeps, gone at the end
#   CX_NODE_CGROUP    the name of the cgroup below which pods belong
#   CX_NODE_ADDRESS   the machine's address
#
# Needs root on Linux, unshare and ip, and cgroups: version 1, with each controller in a folder of its own below /sys/fs/cgroup, or
# version 2, with /sys/fs/cgroup as its root and the controllers that a kubelet wants, which a container rarely has.
set -euo pipefail

give_up() {
  printf 'node: %s\n' "$*" >&2
  exit 1
}

address=10.250.0.2

# The inner half: the new namespaces are there and still empty.
if [[ ${1:-} == --within ]]; then
  shift
  ip link set lo up
  # The address stands on an interface that is up and leads nowhere. The route is for programs that look for the default one.
  ip link add eth0 type veth peer name nowhere
  ip address add "$address/24" dev eth0
  ip link set nowhere up
  ip link set eth0 up
  ip route add default via 10.250.0.1
  # What runs a node insists on folders in /var and /run; here both are ours.
  mount --bind "$CX_NODE_WORK/var" /var
  mount -t tmpfs -o mode=755 tmpfs /run
  # A kubelet sets these for the whole machine. Ours writes into files that lie above them.
  mkdir "$CX_NODE_WORK/sys"
  for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
    kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
    name=${setting%=*}
    [[ -e /proc/sys/$name ]] || continue
    printf '%s\n' "${setting#*=}" >"$CX_NODE_WORK/sys/${name//\//.}"
    mount --bind "$CX_NODE_WORK/sys/${name//\//.}" "/proc/sys/$name"
  done
  exec "$@"
fi

(($#)) || give_up "usage: hack/node/inside.sh COMMAND ARGUMENT..."
[[ $(uname -s) == Linux && $(id -u) == 0 ]] || give_up "a real node needs root on Linux: namespaces, mounts and cgroups are made for it"
for program in unshare ip mount; do
  command -v "$program" >/dev/null || give_up "$program is missing"
done

# A kubelet that lacks a controller ends after a minute, with a line in its log. Better said here.
controllers=(cpu cpuset memory pids)
if [[ -f /sys/fs/cgroup/cgroup.controllers ]]; then
  for controller in "${controllers[@]}"; do
    grep -qw "$controller" /sys/fs/cgroup/cgroup.controllers ||
      give_up "cgroup version 2, and /sys/fs/cgroup/cgroup.controllers lacks $controller: a node needs ${controllers[*]} (a machine of its own, no container)"
    grep -qw "$controller" /sys/fs/cgroup/cgroup.subtree_control || echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control ||
      give_up "cgroup version 2, and $controller cannot be passed on to the node: it needs the root of the cgroups (a machine of its own, no container)"
  done
else
  for controller in "${controllers[@]}"; do
    [[ -d /sys/fs/cgroup/$controller ]] ||
      give_up "there is no /sys/fs/cgroup/$controller: a node needs cgroups, version 1 with ${controllers[*]}, or version 2"
  done
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/cx-node.XXXXXX") # short: there will be sockets in it
name=${work##*/}
child=

# cgroups prints the folders of the pods' cgroup: one of each controller (version 1), or one (version 2).
cgroups() {
  if [[ -f /sys/fs/cgroup/cgroup.controllers ]]; then
    echo "/sys/fs/cgroup/$name"
  else
    printf "%s/$name\n" /sys/fs/cgroup/*
  fi
}

clean_up() {
  local folder left=() try
  trap - EXIT
  trap '' INT TERM
  [[ -z $child ]] || kill -KILL "$child" 2>/dev/null || true # and with it everything in the namespaces
  # A cgroup can be removed when the last process in it is gone: that takes a moment.
  for try in {1..100}; do
    left=()
    while IFS= read -r folder; do
      [[ -d $folder ]] || continue
      find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null || left+=("$folder")
    done < <(cgroups)
    ((${#left[@]})) || break
    sleep 0.1
  done
  rm -rf --one-file-system "$work" || left+=("$work")
  if ((${#left[@]})); then
    printf 'node: not removed: %s\n' "${left[*]}" >&2
  fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM

mkdir -p "$work"/var/{lib,log,tmp}
ln -s /run "$work/var/run"
while IFS= read -r folder; do
  mkdir "$folder" 2>/dev/null || true # a mount that takes no cgroups has none
done < <(cgroups)

export CX_NODE_WORK=$work CX_NODE_CGROUP=$name CX_NODE_ADDRESS=$address
# In the background, and waited for: Ctrl-C ends the wait, not only the command.
unshare --mount --net --pid --ipc --uts --fork --kill-child --mount-proc "${BASH_SOURCE[0]}" --within "$@" &
child=$!
status=0
wait "$child" || status=$?
exit "$status"
