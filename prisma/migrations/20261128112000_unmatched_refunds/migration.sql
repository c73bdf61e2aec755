-- The refund of money that is on no bill, and who took a payment off the list.
ALTER TABLE "payment_intents"
    ADD COLUMN "refund" JSONB,
    ADD COLUMN "dismissed_by" TEXT;
