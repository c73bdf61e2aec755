-- A venue whose till keeps its own orders: they are taken over as the till has them, and priced by nobody here.
CREATE TYPE "venue_kind" AS ENUM ('native', 'mirrored');
ALTER TABLE "locations" ADD COLUMN "kind" "venue_kind" NOT NULL DEFAULT 'native';

ALTER TABLE "orders"
    ADD COLUMN "mirror_id" TEXT,
    ADD COLUMN "mirror_version" BIGINT,
    ADD COLUMN "mirror_hash" TEXT,
    ADD CONSTRAINT "orders_mirror_check" CHECK ("mirror_id" IS NOT NULL OR ("mirror_version" IS NULL AND "mirror_hash" IS NULL));
CREATE UNIQUE INDEX "orders_mirror_key" ON "orders" ("location_id", "mirror_id");
