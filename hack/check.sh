#!/usr/bin/env bash
# Copyright The cx-operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Read-only checks of the tree that no linter makes. All of them run; each finding is one line.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

findings=0
finding() {
  printf '%s\n' "$*" >&2
  findings=$((findings + 1))
}

# Everything that is, or is about to be, in git.
files() { git ls-files --cached --others --exclude-standard --deduplicate -- "$@"; }

# Generated Go files may have a build constraint above the header.
licence_headers() {
  local file
  while IFS= read -r file; do
    [[ -f $file ]] || continue
    if [[ $(head -n 5 "$file" | grep -cE '^(//|#) (Copyright The cx-operator Authors\.|SPDX-License-Identifier: Apache-2\.0)$') -ne 2 ]]; then
      finding "$file: the licence header (hack/boilerplate.go.txt) is missing"
    fi
  done < <(files '*.go' '*.sh' Makefile .ci/run)
}

# An API server keeps a CRD that was applied by kubectl in an annotation as well, which may have no
# more than this many bytes.
crd_sizes() {
  local file size
  for file in config/crd/*.yaml; do
    [[ -f $file ]] || continue
    size=$(wc -c <"$file")
    if ((size >= 262144)); then
      finding "$file: $((size)) bytes; a CRD must stay below 262144"
    fi
  done
}

# links FILE prints the targets of its Markdown links and images, without code blocks and code.
links() {
  awk '/^[ \t]*(```|~~~)/ { code = !code; next } !code { gsub(/`[^`]*`/, ""); print }' "$1" |
    grep -oE '\]\(<?[^)> ]+' | sed -E 's/^\]\(<?//'
  grep -oE '^\[[^]]+\]:[[:space:]]+[^[:space:]]+' "$1" | sed -E 's/^\[[^]]+\]:[[:space:]]+//'
}

document_links() {
  local file link path
  while IFS= read -r file; do
    [[ -f $file ]] || continue
    while IFS= read -r link; do
      path=${link%%#*}
      case $link in
        '' | '#'* | *://* | mailto:*) continue ;;
        /*) finding "$file: link $link is absolute; write it relative to the file" ;;
        *) [[ -e $(dirname "$file")/$path ]] || finding "$file: link $link leads nowhere" ;;
      esac
    done < <(links "$file" || true)
  done < <(files '*.md')
}

# Sentences that project generators leave behind. The brackets keep this file from finding itself.
scaffold_text() {
  local hit
  while IFS= read -r hit; do
    finding "$hit: scaffold text"
  done < <(git grep --untracked -nIE 'TODO\([u]ser\)|EDIT [T]HIS FILE|[i]s an example field of|INSERT [A]DDITIONAL|Important: [R]un "make"|kubebuilder:[s]caffold|// [A]dd your' | cut -d: -f1,2)
}

licence_headers
crd_sizes
document_links
scaffold_text

if ((findings)); then
  echo "$findings findings" >&2
  exit 1
fi
echo "check: licence headers, CRD sizes, links, no scaffold text: fine"
