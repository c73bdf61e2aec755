-- How tills reach the card machines of a venue: Dojo's REST API, or its socket for the counter.
CREATE TYPE "counter_transport" AS ENUM ('rest', 'socket');

ALTER TABLE "locations"
    ADD COLUMN "counter_transport" "counter_transport" NOT NULL DEFAULT 'rest',
    ADD COLUMN "epos_id" TEXT,
    ADD COLUMN "counter_account" TEXT,
    ADD COLUMN "counter_key_sealed" BYTEA,
    ADD CONSTRAINT "locations_counter_check" CHECK ("counter_transport" = 'rest' OR "counter_account" IS NOT NULL);

-- Null for a card payment over REST.
ALTER TABLE "card_payments" ADD COLUMN "socket_payment_id" TEXT;

-- The payments and refunds of the socket, by the ids that this server made before Dojo was asked.
CREATE TABLE "socket_payments" (
    "location_id" TEXT NOT NULL,
    "payment_id" TEXT NOT NULL,
    "card_payment_id" TEXT,
    "outcome" TEXT,
    "recorded_at" TIMESTAMPTZ(3),
    "record" JSONB,

    CONSTRAINT "socket_payments_pkey" PRIMARY KEY ("location_id", "payment_id"),
    CONSTRAINT "socket_payments_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT,
    CONSTRAINT "socket_payments_location_id_card_payment_id_fkey" FOREIGN KEY ("location_id", "card_payment_id") REFERENCES "card_payments"("location_id", "card_payment_id") ON DELETE RESTRICT
);

CREATE TABLE "counter_socket_leases" (
    "location_id" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "term" BIGINT NOT NULL DEFAULT 1,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "applicant" TEXT,
    "opened_at" TIMESTAMPTZ(3),
    "served_at" TIMESTAMPTZ(3),
    "trouble" TEXT,
    "refused_key" TEXT,
    "machines" JSONB,

    CONSTRAINT "counter_socket_leases_pkey" PRIMARY KEY ("location_id"),
    CONSTRAINT "counter_socket_leases_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT
);

-- What Prisma's schema language cannot say.
CREATE INDEX "card_payments_over_socket" ON "card_payments"("location_id") WHERE "socket_payment_id" IS NOT NULL AND ("ended_at" IS NULL OR "wanted" IS NOT NULL OR "by_hand" IS NOT NULL);
CREATE INDEX "socket_payments_of_card_payment" ON "socket_payments"("location_id", "card_payment_id") WHERE "card_payment_id" IS NOT NULL;
