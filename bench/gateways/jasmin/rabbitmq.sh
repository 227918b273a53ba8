#!/bin/sh
# Runs a RabbitMQ node of our own in the foreground: rabbitmq.sh FOLDER AMQP_PORT DISTRIBUTION_PORT EPMD_PORT
set -eu

folder=$1
mkdir -p "$folder/mnesia" "$folder/log" "$folder/home"
echo '[].' > "$folder/plugins" # none

export HOME="$folder/home" # Erlang's cookie is kept there
export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$4"
export RABBITMQ_NODENAME=jasminbench@localhost
export RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT="$2" RABBITMQ_DIST_PORT="$3"
export RABBITMQ_MNESIA_BASE="$folder/mnesia" RABBITMQ_LOG_BASE="$folder/log" RABBITMQ_PID_FILE="$folder/pid"
export RABBITMQ_ENABLED_PLUGINS_FILE="$folder/plugins"
export RABBITMQ_CONFIG_FILE="$folder/none" RABBITMQ_CONF_ENV_FILE="$folder/none"

exec "${RABBITMQ_SERVER:-/usr/lib/rabbitmq/bin/rabbitmq-server}"
