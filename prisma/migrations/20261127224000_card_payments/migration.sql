-- Payments that tills start on card machines, and the machines.
ALTER TYPE "job_kind" ADD VALUE 'CardPayment';

CREATE TYPE "card_payment_kind" AS ENUM ('Sale', 'MatchedRefund');

CREATE TYPE "capture_mode" AS ENUM ('Auto', 'Manual');

CREATE TABLE "card_payments" (
    "location_id" TEXT NOT NULL,
    "card_payment_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "kind" "card_payment_kind" NOT NULL,
    "refund_id" TEXT,
    "share" TEXT NOT NULL,
    "request_hash" BYTEA NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "tips_minor" BIGINT NOT NULL,
    "service_charge_minor" BIGINT NOT NULL,
    "capture_mode" "capture_mode" NOT NULL,
    "card_not_present" BOOLEAN NOT NULL,
    "waiter_id" TEXT,
    "till_name" TEXT,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "intent_asked_at" TIMESTAMPTZ(3),
    "payment_intent_id" TEXT,
    "intent_read_at" TIMESTAMPTZ(3),
    "intent_read_status" TEXT,
    "terminal_id" TEXT NOT NULL,
    "attempts" JSONB NOT NULL,
    "cancel_wanted_at" TIMESTAMPTZ(3),
    "by_hand" JSONB,
    "wanted" JSONB,
    "ended_at" TIMESTAMPTZ(3),
    "problem" TEXT,

    CONSTRAINT "card_payments_pkey" PRIMARY KEY ("location_id","card_payment_id"),
    CONSTRAINT "card_payments_amount_check" CHECK ("amount_minor" > 0 AND "tips_minor" >= 0 AND "service_charge_minor" >= 0)
);

CREATE TABLE "terminals" (
    "location_id" TEXT NOT NULL,
    "terminal_id" TEXT NOT NULL,
    "name" TEXT,
    "hidden" BOOLEAN NOT NULL DEFAULT false,
    "preferred" BOOLEAN NOT NULL DEFAULT false,
    "leased_for" TEXT,
    "leased_until" TIMESTAMPTZ(3),
    "lease_term" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "terminals_pkey" PRIMARY KEY ("location_id","terminal_id")
);

CREATE INDEX "card_payments_of_order" ON "card_payments"("location_id", "order_id");

ALTER TABLE "card_payments" ADD CONSTRAINT "card_payments_location_id_order_id_fkey" FOREIGN KEY ("location_id", "order_id") REFERENCES "orders"("location_id", "order_id") ON DELETE RESTRICT;

ALTER TABLE "card_payments" ADD CONSTRAINT "card_payments_location_id_refund_id_fkey" FOREIGN KEY ("location_id", "refund_id") REFERENCES "refunds"("location_id", "refund_id") ON DELETE RESTRICT;

ALTER TABLE "terminals" ADD CONSTRAINT "terminals_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT;

-- What Prisma's schema language cannot say.

-- A sale makes its intent, and a refund of it names the same.
CREATE UNIQUE INDEX "card_payments_intent_key" ON "card_payments"("location_id", "payment_intent_id") WHERE "kind" = 'Sale';

-- One of a share of a bill at a time.
CREATE UNIQUE INDEX "card_payments_share_key" ON "card_payments"("location_id", "order_id", "share") WHERE "ended_at" IS NULL;

-- What is under way on the machines of a venue, however many payments there were before.
CREATE INDEX "card_payments_under_way" ON "card_payments"("location_id", "terminal_id") WHERE "ended_at" IS NULL;
