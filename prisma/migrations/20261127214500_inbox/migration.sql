-- What Dojo made or changed, for a till that keeps its own orders, until it acknowledges it.
CREATE TYPE "inbox_kind" AS ENUM ('Order', 'Payment', 'Party', 'Reservation');
CREATE TYPE "inbox_then" AS ENUM ('tell', 'refuse');
ALTER TYPE "job_kind" ADD VALUE 'RefusedOrder';

ALTER TABLE "locations"
    ADD COLUMN "inbox_minutes" INTEGER NOT NULL DEFAULT 10,
    ADD COLUMN "inbox_then" "inbox_then" NOT NULL DEFAULT 'tell',
    ADD CONSTRAINT "locations_inbox_minutes_check" CHECK ("inbox_minutes" BETWEEN 1 AND 1440);

CREATE TABLE "inbox" (
    "location_id" TEXT NOT NULL,
    "kind" "inbox_kind" NOT NULL,
    "entity_id" TEXT NOT NULL,
    "order_id" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "queued_at" TIMESTAMPTZ(3) NOT NULL,
    "overdue_at" TIMESTAMPTZ(3),

    CONSTRAINT "inbox_pkey" PRIMARY KEY ("location_id", "kind", "entity_id"),
    CONSTRAINT "inbox_order_check" CHECK (("kind" = 'Payment') = ("order_id" IS NOT NULL))
);
CREATE INDEX "inbox_in_order" ON "inbox" ("location_id", "queued_at", "kind", "entity_id");
CREATE INDEX "inbox_not_told" ON "inbox" ("queued_at") WHERE "kind" = 'Order' AND "overdue_at" IS NULL;
ALTER TABLE "inbox" ADD CONSTRAINT "inbox_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id")
    ON DELETE RESTRICT ON UPDATE NO ACTION;
