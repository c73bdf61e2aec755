-- Webhooks to the venue's own systems: endpoints, what signs them, and each event until it is delivered.
CREATE TABLE "webhook_endpoints" (
    "location_id" TEXT NOT NULL,
    "endpoint_id" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "description" TEXT,
    "types" TEXT[],
    "position" TEXT NOT NULL,
    "failing_since" TIMESTAMPTZ(3),
    "disabled_at" TIMESTAMPTZ(3),
    "disabled_reason" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_endpoints_pkey" PRIMARY KEY ("location_id", "endpoint_id"),
    CONSTRAINT "webhook_endpoints_disabled_check" CHECK (("disabled_at" IS NULL) = ("disabled_reason" IS NULL))
);
ALTER TABLE "webhook_endpoints" ADD CONSTRAINT "webhook_endpoints_location_id_fkey"
    FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE NO ACTION;

CREATE TABLE "endpoint_secrets" (
    "location_id" TEXT NOT NULL,
    "endpoint_id" TEXT NOT NULL,
    "secret_id" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "endpoint_secrets_pkey" PRIMARY KEY ("location_id", "endpoint_id", "secret_id")
);
ALTER TABLE "endpoint_secrets" ADD CONSTRAINT "endpoint_secrets_location_id_endpoint_id_fkey"
    FOREIGN KEY ("location_id", "endpoint_id") REFERENCES "webhook_endpoints"("location_id", "endpoint_id") ON DELETE CASCADE ON UPDATE NO ACTION;

CREATE TABLE "webhook_deliveries" (
    "location_id" TEXT NOT NULL,
    "endpoint_id" TEXT NOT NULL,
    "entity" TEXT NOT NULL,
    "entity_id" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL,
    "claimed_until" TIMESTAMPTZ(3),
    "last_status" INTEGER,
    "last_error" TEXT,
    "delivered_at" TIMESTAMPTZ(3),
    "failed_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_deliveries_pkey" PRIMARY KEY ("location_id", "endpoint_id", "entity", "entity_id", "sequence"),
    CONSTRAINT "webhook_deliveries_end_check" CHECK ("delivered_at" IS NULL OR "failed_at" IS NULL)
);
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_location_id_endpoint_id_fkey"
    FOREIGN KEY ("location_id", "endpoint_id") REFERENCES "webhook_endpoints"("location_id", "endpoint_id") ON DELETE CASCADE ON UPDATE NO ACTION;
-- What is to be delivered, and what has to be purged.
CREATE INDEX "webhook_deliveries_due" ON "webhook_deliveries" ("next_attempt_at") WHERE "delivered_at" IS NULL AND "failed_at" IS NULL;
CREATE INDEX "webhook_deliveries_delivered" ON "webhook_deliveries" ("delivered_at") WHERE "delivered_at" IS NOT NULL;
