#!/usr/bin/env bash
# A browser for the tests of the report, from the system's packages.
set -euo pipefail
if ! command -v chromium-headless-shell chromium chromium-browser google-chrome >/dev/null; then
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium-headless-shell fonts-dejavu-core
fi
