-- The deposit of a party, which Dojo took with the booking, pays for what it orders.
ALTER TYPE "tender" ADD VALUE 'Deposit';
ALTER TABLE "payments" ADD COLUMN "deposit_party_id" TEXT;
CREATE INDEX "payments_of_deposit" ON "payments"("location_id", "deposit_party_id") WHERE "deposit_party_id" IS NOT NULL;
