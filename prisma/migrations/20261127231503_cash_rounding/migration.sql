-- Where there are no small coins, cash is rounded: what the guest pays differs a little from what is owed.
ALTER TABLE "locations" ADD COLUMN "cash_rounding_minor" BIGINT;
ALTER TABLE "locations" ADD CONSTRAINT "locations_cash_rounding_check" CHECK ("cash_rounding_minor" IS NULL OR ("cash_rounding_minor" = 5 AND "currency" = 'EUR'));
ALTER TABLE "payments" ADD COLUMN "rounding_minor" BIGINT;
ALTER TABLE "payments"
    ADD CONSTRAINT "payments_rounding_check" CHECK ("rounding_minor" IS NULL OR ("tender" = 'Cash' AND "rounding_minor" BETWEEN -2 AND 2)),
    DROP CONSTRAINT "payments_tendered_check",
    ADD CONSTRAINT "payments_tendered_check" CHECK ("tendered_minor" >= "amount_minor" + coalesce("tips_minor", 0) + coalesce("rounding_minor", 0));
ALTER TABLE "payment_movements" ADD COLUMN "rounding_minor" BIGINT NOT NULL DEFAULT 0;
