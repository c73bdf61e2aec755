-- Somebody has looked into an unmatched payment and taken it off the list, and why.
ALTER TABLE "payment_intents" ADD COLUMN "dismissed_at" TIMESTAMPTZ(3), ADD COLUMN "dismissed_reason" TEXT;
