#!/bin/sh
# Runs one of Jasmin's programs in the foreground: jasmin.sh NAME CONFIGURATION [OPTION...]
#
# JASMIN_VENV is the virtual environment that Jasmin is installed in, JASMIN_SOURCE its unpacked source archive,
# ROOT_PATH the folder that stands for / in its paths.
#
# Jasmin allows one of each program on a machine, by lock files in /tmp that a killed one leaves behind; they are
# removed here, as Jasmin's own container does. Do not run this beside a Jasmin in use.
set -eu

name=$1
configuration=$2
shift 2

mkdir -p "$ROOT_PATH/etc/jasmin/resource" "$ROOT_PATH/etc/jasmin/store" "$LOG_PATH"
cp -r "$JASMIN_SOURCE/misc/config/resource/." "$ROOT_PATH/etc/jasmin/resource/"
rm -f "/tmp/$name.lock" "/tmp/$name-bench.lock"

exec "$JASMIN_VENV/bin/python" "$JASMIN_VENV/bin/$name.py" -c "$configuration" "$@"
