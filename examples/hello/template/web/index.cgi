#!/bin/sh
echo "$REQUEST_METHOD $REQUEST_URI" >&2 # httpd itself logs files alone, not programs
printf 'Content-Type: text/plain\r\n\r\n'
busybox cat /config/page
wget -qO- "$greeter_url"
echo "Config version $(busybox cat /config/BERTH_CONFIG_VERSION) in files, $BERTH_CONFIG_VERSION in the environment."
