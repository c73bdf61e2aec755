-- What a venue allows at the counter: tips and cashback on card payments, and refunds without a payment.
ALTER TABLE "locations"
    ADD COLUMN "card_tips" BOOLEAN NOT NULL DEFAULT true,
    ADD COLUMN "cashback_most_minor" BIGINT,
    ADD COLUMN "unlinked_refund_most_minor" BIGINT,
    ADD CONSTRAINT "locations_cashback_check" CHECK ("cashback_most_minor" > 0),
    ADD CONSTRAINT "locations_unlinked_refund_check" CHECK ("unlinked_refund_most_minor" > 0);

-- Cash that the guest gets out of the drawer, and a refund without a payment, which has no order, and is counted by one day.
ALTER TABLE "card_payments"
    ADD COLUMN "cashback_minor" BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN "reason" TEXT,
    ADD COLUMN "given_at" TIMESTAMPTZ(3),
    ADD COLUMN "day_id" TEXT,
    ALTER COLUMN "order_id" DROP NOT NULL,
    ADD CONSTRAINT "card_payments_cashback_check" CHECK ("cashback_minor" >= 0),
    ADD CONSTRAINT "card_payments_unlinked_check" CHECK (
        ("kind" = 'UnlinkedRefund') = ("order_id" IS NULL) AND ("kind" = 'UnlinkedRefund') = ("reason" IS NOT NULL));

ALTER TABLE "card_payments" ADD CONSTRAINT "card_payments_location_id_day_id_fkey" FOREIGN KEY ("location_id", "day_id") REFERENCES "business_days"("location_id", "day_id") ON DELETE RESTRICT;

-- What Prisma's schema language cannot say.
CREATE INDEX "card_payments_with_cashback" ON "card_payments"("location_id", "payment_intent_id") WHERE "cashback_minor" > 0;
CREATE INDEX "card_payments_unlinked" ON "card_payments"("location_id", "started_at") WHERE "kind" = 'UnlinkedRefund';
CREATE INDEX "card_payments_unlinked_of_day" ON "card_payments"("location_id", "day_id") WHERE "kind" = 'UnlinkedRefund' AND "given_at" IS NOT NULL;
