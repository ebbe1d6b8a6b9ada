#!/usr/bin/env bash
# Spark's discovery script: prints the GPUs of this machine as {"name":"gpu","addresses":["0","1"]}.
#
# An address is the number under which a CUDA process started here finds the device, counted after
# CUDA_VISIBLE_DEVICES: with CUDA_VISIBLE_DEVICES=2,3 the addresses are 0 and 1. RAPIDS reads them
# in the same way.
#
# CUDA shows a process no more than one MIG instance, so each needs a worker of its own, started
# with CUDA_VISIBLE_DEVICES=MIG-...; its address is then 0.
set -euo pipefail

fail() {
  echo "gpu-discovery: $*" >&2
  exit 1
}

# Whether a UUID, or the start of one, is that of exactly one device in the list.
is_listed() {
  [[ "$(grep -cF "(UUID: $1" <<<"$devices")" == 1 ]]
}

# How many devices CUDA_VISIBLE_DEVICES leaves to a process. CUDA itself stops without a word at the
# first entry that it does not know; here that is an error.
count_visible() {
  local entry entries=() count=0
  IFS=, read -r -a entries <<<"$CUDA_VISIBLE_DEVICES"
  for entry in ${entries[@]+"${entries[@]}"}; do
    entry="${entry//[[:space:]]/}"
    case "$entry" in
      GPU-* | MIG-*)
        is_listed "$entry" ||
          fail "CUDA_VISIBLE_DEVICES has $entry, which is not one device of this machine. To fix: give what 'nvidia-smi -L' lists."
        ;;
      *)
        [[ "$entry" =~ ^[0-9]{1,4}$ ]] && ((10#$entry < gpus)) ||
          fail "CUDA_VISIBLE_DEVICES has '$entry', but there are $gpus GPUs, numbered from 0. To fix: give numbers below $gpus, or UUIDs that 'nvidia-smi -L' lists."
        ;;
    esac
    count=$((count + 1))
  done
  ((count > 0)) ||
    fail "CUDA_VISIBLE_DEVICES is empty and hides all GPUs. To fix: unset it, or name the GPUs of this worker."
  if ((count > 1)) && [[ "$CUDA_VISIBLE_DEVICES" == *MIG-* ]]; then
    fail "CUDA_VISIBLE_DEVICES names $count devices with a MIG instance among them, but a process can use only one. To fix: start a worker for each instance."
  fi
  echo "$count"
}

command -v nvidia-smi >/dev/null ||
  fail "nvidia-smi is missing from the PATH ($PATH). To fix: install the NVIDIA driver, or take the gpu settings out of the worker's configuration."
devices="$(nvidia-smi -L)" ||
  fail "'nvidia-smi -L' failed: ${devices:-no output}. To fix: see that it works for the user of the worker."
gpus="$(grep -c '^GPU [0-9]' <<<"$devices" || true)"
((gpus > 0)) || fail "'nvidia-smi -L' lists no GPU: ${devices:-no output}. To fix: see that the driver is loaded."

if [[ -n "${CUDA_VISIBLE_DEVICES+set}" ]]; then
  count="$(count_visible)"
elif grep -q '(UUID: MIG-' <<<"$devices"; then
  fail "GPUs of this machine are divided into MIG instances, and a process can use only one. To fix: start a worker for each instance with CUDA_VISIBLE_DEVICES=MIG-... as 'nvidia-smi -L' lists it."
else
  count="$gpus"
fi

addresses=""
for ((address = 0; address < count; address++)); do
  addresses+="${addresses:+,}\"$address\""
done
echo "{\"name\":\"gpu\",\"addresses\":[$addresses]}"
