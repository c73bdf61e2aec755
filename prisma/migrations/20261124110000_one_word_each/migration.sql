-- Renames only, no row is rewritten. Servers of the version before must be stopped before this runs.
ALTER TYPE "errand_kind" RENAME TO "job_kind";
ALTER TABLE "outbox" RENAME TO "jobs";
ALTER TABLE "jobs" RENAME CONSTRAINT "outbox_pkey" TO "jobs_pkey";
ALTER TABLE "jobs" RENAME CONSTRAINT "outbox_location_id_fkey" TO "jobs_location_id_fkey";
ALTER INDEX "outbox_due" RENAME TO "jobs_due";

ALTER TYPE "refund_status" RENAME VALUE 'Asked' TO 'Pending';
ALTER TYPE "refund_status" RENAME VALUE 'Owed' TO 'CardRequired';
ALTER TABLE "refunds" RENAME COLUMN "asked_at" TO "requested_at";
ALTER TABLE "refunds" RENAME COLUMN "settled_at" TO "resolved_at";
ALTER TABLE "refunds" RENAME CONSTRAINT "refunds_settled_check" TO "refunds_resolved_check";
