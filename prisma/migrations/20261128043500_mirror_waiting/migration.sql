-- What a till with orders of its own says while somebody pays, where the venue has it wait for the end of the lock.
CREATE TYPE "locked_then" AS ENUM ('refuse', 'wait');
ALTER TABLE "locations" ADD COLUMN "locked_then" "locked_then" NOT NULL DEFAULT 'refuse';

ALTER TABLE "orders"
    ADD COLUMN "mirror_waiting" JSONB,
    ADD CONSTRAINT "orders_mirror_waiting_check" CHECK ("mirror_waiting" IS NULL OR "mirror_id" IS NOT NULL);
-- Few wait at any moment, and they are looked for every second.
CREATE INDEX "orders_mirror_waiting" ON "orders" ("location_id", "order_id") WHERE "mirror_waiting" IS NOT NULL;
