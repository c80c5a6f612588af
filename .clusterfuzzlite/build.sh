#!/bin/bash -eu
# ClusterFuzzLite builds what OSS-Fuzz builds.
exec "$SRC/brownout/fuzz/oss-fuzz/build.sh"
