-- CreateEnum
CREATE TYPE "outbox_event_type" AS ENUM ('OrderUpdated', 'PartyUpdated', 'ReservationUpdated');

-- AlterTable
ALTER TABLE "locations" ADD COLUMN     "dojo_key_refused_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "outbox_events" (
    "location_id" TEXT NOT NULL,
    "event_type" "outbox_event_type" NOT NULL,
    "entity_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "queued_at" TIMESTAMPTZ(3) NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL,
    "claimed_until" TIMESTAMPTZ(3),
    "claimed_version" INTEGER,
    "last_error" TEXT,
    "dead_at" TIMESTAMPTZ(3),

    CONSTRAINT "outbox_events_pkey" PRIMARY KEY ("location_id","event_type","entity_id")
);

-- CreateIndex
CREATE INDEX "outbox_events_due" ON "outbox_events"("next_attempt_at");

-- AddForeignKey
ALTER TABLE "outbox_events" ADD CONSTRAINT "outbox_events_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE CASCADE;
