#!/bin/sh
# Runs a program again a second after it ends, however it ended, until this script gets SIGTERM.
#   supervise.sh PROGRAM ARGUMENT...
stopping=
child=
stop() {
  stopping=yes
  [ -z "$child" ] || kill -TERM "$child" 2>/dev/null
}
trap stop TERM INT
while [ -z "$stopping" ]; do
  "$@" &
  child=$!
  # A signal ends the first wait early; the second one waits for the program to end in its own time.
  wait "$child" || wait "$child"
  [ -n "$stopping" ] || sleep 1
done
