#!/bin/sh
# Runs once, when the database volume is empty: the owner, who migrates, and the lesser role of the running service.
set -eu
psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres \
  --set=owner="$OWNER_PASSWORD" --set=application="$APPLICATION_PASSWORD" <<'SQL'
CREATE ROLE gatehouse_owner LOGIN CREATEROLE PASSWORD :'owner';
CREATE ROLE gatehouse_app LOGIN PASSWORD :'application';
CREATE DATABASE gatehouse OWNER gatehouse_owner;
REVOKE CONNECT ON DATABASE gatehouse FROM PUBLIC;
GRANT CONNECT ON DATABASE gatehouse TO gatehouse_app;
SQL
