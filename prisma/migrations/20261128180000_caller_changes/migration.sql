-- In which transaction a venue's credentials last changed, or what those who call for it know of it. Triggers write it, so that
-- it also holds for changes that are made by hand. A venue that is gone keeps its row: servers are to hear of that too.
CREATE TABLE "caller_changes" (
    "location_id" TEXT NOT NULL,
    "changed_in" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint,

    CONSTRAINT "caller_changes_pkey" PRIMARY KEY ("location_id")
);
CREATE INDEX "caller_changes_changed_in_idx" ON "caller_changes"("changed_in");

-- What applies migrations ends a statement at each semicolon, also within quotes: \x3b is one.
CREATE FUNCTION "note_caller_change"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS E'
BEGIN
    INSERT INTO caller_changes (location_id) VALUES (OLD.location_id)
        ON CONFLICT (location_id) DO UPDATE SET changed_in = EXCLUDED.changed_in\x3b
    RETURN NULL\x3b
END';

-- On a database that is distributed already both are reference tables, which have no triggers: servers ask otherwise there.
DO E'
DECLARE is_distributed boolean := false\x3b
BEGIN
    IF to_regclass(''pg_dist_partition'') IS NOT NULL THEN
        EXECUTE ''SELECT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = $1)''
            INTO is_distributed USING to_regclass(''locations'')\x3b
    END IF\x3b
    IF NOT is_distributed THEN
        CREATE TRIGGER "credentials_callers" AFTER UPDATE OR DELETE ON "credentials"
            FOR EACH ROW EXECUTE FUNCTION note_caller_change()\x3b
        CREATE TRIGGER "locations_callers" AFTER UPDATE OF "currency", "cursor_key", "kind", "verify_payments", "dojo_key_sealed"
            OR DELETE ON "locations" FOR EACH ROW EXECUTE FUNCTION note_caller_change()\x3b
    END IF\x3b
END';
