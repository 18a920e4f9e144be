#!/bin/sh
# For the repository's pipeline: renders every overlay, verifies the result, and commits the
# changes. Flux applies what is committed.
set -eu
for overlay in staging production; do
  mkdir -p "rendered/$overlay"
  built=$(mktemp)
  kustomize build --enable-alpha-plugins "overlays/$overlay" > "$built"
  zt verify base --manifests - < "$built"
  cat "$built" > "rendered/$overlay/manifests.yaml"
  rm "$built"
done
git add rendered
git diff --cached --quiet || {
  git commit --quiet --message "Render $(git rev-parse --short HEAD)"
  git push --quiet
}
