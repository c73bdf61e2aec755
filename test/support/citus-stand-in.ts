// A stand-in for what `epos distribute`, the server and the doctor ask of Citus: it notes how
// tables are placed, and refuses what Citus refuses of that, in its words. The rows stay where they
// are, so a server can run on it. It knows nothing of queries: only a real cluster shows those.
import pg from 'pg'
import { distribute } from '../../src/store/distribution/distribute.ts'

const SQL = `
CREATE SCHEMA stand_in;
SET search_path = public, stand_in;
CREATE TABLE stand_in.pg_dist_partition (logicalrelid regclass PRIMARY KEY, partmethod "char", partkey text,
  colocationid int, repmodel "char");
CREATE TABLE stand_in.pg_dist_node (groupid int);
CREATE TABLE stand_in.workers (name text, port int, ahead_seconds float8 DEFAULT 0, success boolean DEFAULT true);
/* A table whose name is here is refused, as if the node had gone away. */
CREATE TABLE stand_in.failing (name text);

CREATE FUNCTION stand_in.column_to_column_name(regclass, text) RETURNS text LANGUAGE sql AS 'SELECT $2';
CREATE FUNCTION stand_in.citus_get_active_worker_nodes() RETURNS TABLE (node_name text, node_port bigint)
  LANGUAGE sql AS 'SELECT name, port::bigint FROM stand_in.workers';
CREATE FUNCTION stand_in.truncate_local_data_after_distributing_table(regclass) RETURNS void LANGUAGE sql AS '';

CREATE FUNCTION stand_in.run_command_on_workers(command text)
  RETURNS TABLE (nodename text, nodeport int, success boolean, result text) LANGUAGE plpgsql AS $$
DECLARE answer float8;
BEGIN
  EXECUTE command INTO answer;
  RETURN QUERY SELECT w.name, w.port, w.success,
    CASE WHEN w.success THEN (answer + w.ahead_seconds * 1000)::text ELSE 'connection refused' END FROM stand_in.workers w;
END $$;

CREATE FUNCTION stand_in.refuse(given regclass, method "char") RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM stand_in.failing WHERE name = given::text) THEN
    RAISE EXCEPTION 'connection to the remote node failed';
  END IF;
  IF EXISTS (SELECT 1 FROM stand_in.pg_dist_partition WHERE logicalrelid = given) THEN
    RAISE EXCEPTION 'table "%" is already distributed', given;
  END IF;
  IF EXISTS (SELECT 1 FROM pg_constraint k LEFT JOIN stand_in.pg_dist_partition p ON p.logicalrelid = k.confrelid
      WHERE k.contype = 'f' AND k.conrelid = given AND p.logicalrelid IS NULL) THEN
    RAISE EXCEPTION 'referenced table must be a distributed table or a reference table';
  END IF;
  IF method = 'h' AND EXISTS (SELECT 1 FROM pg_index x WHERE x.indrelid = given AND (x.indisunique OR x.indisexclusion)
      AND NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = x.indexrelid AND a.attname = 'location_id')) THEN
    RAISE EXCEPTION 'cannot create constraint on "%"', given;
  END IF;
END $$;
CREATE FUNCTION stand_in.create_reference_table(given regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM stand_in.refuse(given, 'n');
  INSERT INTO stand_in.pg_dist_partition VALUES (given, 'n', NULL, 1, 't');
END $$;
CREATE FUNCTION stand_in.create_distributed_table(given regclass, by_column text, colocate_with text, shard_count int DEFAULT NULL)
  RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM stand_in.refuse(given, 'h');
  INSERT INTO stand_in.pg_dist_partition VALUES (given, 'h', by_column, CASE WHEN colocate_with = 'none' THEN 2 ELSE
    (SELECT colocationid FROM stand_in.pg_dist_partition WHERE logicalrelid = colocate_with::regclass) END, 's');
END $$;
`

/** For connections that are opened from now on. */
export async function installStandIn(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query(SQL)
    await client.query(seeStandIn(new URL(databaseUrl).pathname.slice(1)))
  } finally {
    await client.end()
  }
}

/** Connections from now on see the stand-in. A copy of a database does not, unless told so. */
export function seeStandIn(database: string): string {
  return `ALTER DATABASE ${database} SET search_path = public, stand_in`
}

/** Has the stand-in say that a migrated database is distributed. */
export async function distributeOnOneNode(databaseUrl: string): Promise<void> {
  await installStandIn(databaseUrl)
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query('INSERT INTO stand_in.pg_dist_node VALUES (0)')
  await client.query("INSERT INTO stand_in.workers VALUES ('w1', 5432), ('w2', 5432)")
  await client.end()
  await distribute(databaseUrl, { shards: 8 })
}
