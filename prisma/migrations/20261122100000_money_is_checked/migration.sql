-- The outbox does not only tell Dojo of changes, it asks Dojo as well.
ALTER TYPE "outbox_event_type" RENAME TO "errand_kind";
ALTER TYPE "errand_kind" ADD VALUE 'PaymentCheck';
ALTER TYPE "errand_kind" ADD VALUE 'DayAudit';
ALTER TABLE "outbox_events" RENAME TO "outbox";
ALTER TABLE "outbox" RENAME COLUMN "event_type" TO "kind";
ALTER TABLE "outbox" ADD COLUMN "claimed_by" TEXT;
ALTER TABLE "outbox" RENAME CONSTRAINT "outbox_events_pkey" TO "outbox_pkey";
ALTER TABLE "outbox" RENAME CONSTRAINT "outbox_events_location_id_fkey" TO "outbox_location_id_fkey";
ALTER INDEX "outbox_events_due" RENAME TO "outbox_due";

CREATE TYPE "verify_payments" AS ENUM ('before', 'after', 'off');

ALTER TABLE "locations"
    ADD COLUMN "verify_payments" "verify_payments",
    ADD COLUMN "dojo_account_id" TEXT;

ALTER TABLE "payments"
    ADD COLUMN "refunded_minor" BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN "refunded_tips_minor" BIGINT NOT NULL DEFAULT 0;

ALTER TABLE "payment_intents"
    ADD COLUMN "amount_minor" BIGINT,
    ADD COLUMN "tips_minor" BIGINT,
    ADD COLUMN "refunded_minor" BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN "external_id" TEXT,
    ADD COLUMN "reply_lost_at" TIMESTAMPTZ(3),
    ADD COLUMN "unmatched_at" TIMESTAMPTZ(3),
    ADD COLUMN "unmatched_reason" TEXT;

ALTER TABLE "dojo_events" ADD COLUMN "flag" TEXT;

CREATE TABLE "webhook_secrets" (
    "location_id" TEXT NOT NULL,
    "secret_id" TEXT NOT NULL,
    "subscription_id" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_secrets_pkey" PRIMARY KEY ("location_id","secret_id")
);

CREATE TABLE "day_audits" (
    "location_id" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "audited_at" TIMESTAMPTZ(3) NOT NULL,
    "differences" INTEGER NOT NULL,
    "report" JSONB NOT NULL,

    CONSTRAINT "day_audits_pkey" PRIMARY KEY ("location_id","day")
);

ALTER TABLE "webhook_secrets" ADD CONSTRAINT "webhook_secrets_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "day_audits" ADD CONSTRAINT "day_audits_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE CASCADE;


-- What Prisma's schema language cannot say.

-- What was given back never exceeds what was paid, the amount and the tip each for itself.
ALTER TABLE "payments"
    ADD CONSTRAINT "payments_refunded_check" CHECK ("refunded_minor" >= 0 AND "refunded_minor" <= "amount_minor"),
    ADD CONSTRAINT "payments_refunded_tips_check" CHECK ("refunded_tips_minor" >= 0 AND "refunded_tips_minor" <= coalesce("tips_minor", 0));
ALTER TABLE "payment_intents"
    ADD CONSTRAINT "payment_intents_amount_check" CHECK ("amount_minor" >= 0),
    ADD CONSTRAINT "payment_intents_tips_check" CHECK ("tips_minor" >= 0),
    ADD CONSTRAINT "payment_intents_refunded_check" CHECK ("refunded_minor" >= 0),
    ADD CONSTRAINT "payment_intents_unmatched_check" CHECK (("unmatched_at" IS NULL) = ("unmatched_reason" IS NULL));

-- What somebody has to look into: short, however many payments the venue has taken.
CREATE INDEX "payment_intents_unmatched" ON "payment_intents"("location_id", "unmatched_at") WHERE "unmatched_at" IS NOT NULL;

-- Payments of a day, for the audit.
CREATE INDEX "payments_of_day" ON "payments"("location_id", "recorded_at");

UPDATE "payment_intents" i SET "unmatched_at" = coalesce("dojo_status_at", now()), "unmatched_reason" = 'Dojo captured it, and no order has it.'
WHERE "dojo_status" = 'Captured' AND NOT EXISTS (
    SELECT 1 FROM "payments" p WHERE p."location_id" = i."location_id" AND p."payment_intent_id" = i."payment_intent_id" AND p."voided_at" IS NULL);
