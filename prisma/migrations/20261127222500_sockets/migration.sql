-- Venues that Dojo reaches through a socket, and which server holds each one.
CREATE TYPE "transport" AS ENUM ('rest', 'socket', 'both');

ALTER TABLE "locations" ADD COLUMN "transport" "transport" NOT NULL DEFAULT 'rest';

CREATE TABLE "socket_leases" (
    "location_id" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "term" BIGINT NOT NULL DEFAULT 1,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "applicant" TEXT,
    "opened_at" TIMESTAMPTZ(3),
    "served_at" TIMESTAMPTZ(3),
    "trouble" TEXT,
    "refused_key" TEXT,

    CONSTRAINT "socket_leases_pkey" PRIMARY KEY ("location_id"),
    CONSTRAINT "socket_leases_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT
);
