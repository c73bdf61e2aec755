CREATE TABLE "dojo_key_refusals" (
    "location_id" TEXT NOT NULL,
    "refused_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "dojo_key_refusals_pkey" PRIMARY KEY ("location_id")
);
ALTER TABLE "dojo_key_refusals" ADD CONSTRAINT "dojo_key_refusals_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE NO ACTION;
INSERT INTO "dojo_key_refusals" ("location_id", "refused_at")
    SELECT "location_id", "dojo_key_refused_at" FROM "locations" WHERE "dojo_key_refused_at" IS NOT NULL;
ALTER TABLE "locations" DROP COLUMN "dojo_key_refused_at";
