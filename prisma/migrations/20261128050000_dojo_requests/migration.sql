-- The last requests of Dojo to each venue, and the switch that keeps what they said.
CREATE TABLE "dojo_requests" (
    "location_id" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "capability" TEXT NOT NULL,
    "transport" TEXT NOT NULL,
    "status" SMALLINT NOT NULL,
    "error_type" TEXT,
    "reason" TEXT,
    "sentence" TEXT,
    "duration_us" INTEGER NOT NULL,
    "trace_id" TEXT NOT NULL,
    "order_id" TEXT,
    "payment_intent_id" TEXT,
    "caller_waiter_id" TEXT,
    "caller_device_id" TEXT,
    "caller_device_type" TEXT,
    "caller_product" TEXT,
    "dropped_before" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "dojo_requests_pkey" PRIMARY KEY ("location_id","request_id")
);
CREATE INDEX "dojo_requests_location_id_at_request_id_idx" ON "dojo_requests"("location_id", "at", "request_id");
CREATE INDEX "dojo_requests_at_idx" ON "dojo_requests" USING BRIN ("at");
ALTER TABLE "dojo_requests" ADD CONSTRAINT "dojo_requests_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE NO ACTION;

CREATE TABLE "dojo_request_bodies" (
    "location_id" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "switch_id" TEXT NOT NULL,
    "request" TEXT NOT NULL,
    "answer" TEXT NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "dojo_request_bodies_pkey" PRIMARY KEY ("location_id","request_id")
);
CREATE INDEX "dojo_request_bodies_ends_at_idx" ON "dojo_request_bodies"("ends_at");
ALTER TABLE "dojo_request_bodies" ADD CONSTRAINT "dojo_request_bodies_location_id_request_id_fkey" FOREIGN KEY ("location_id", "request_id") REFERENCES "dojo_requests"("location_id", "request_id") ON DELETE CASCADE ON UPDATE NO ACTION;

CREATE TABLE "request_log_switches" (
    "location_id" TEXT NOT NULL,
    "switch_id" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "starter_waiter_id" TEXT,
    "starter_device_id" TEXT,
    "starter_token_id" TEXT NOT NULL,
    "ender_waiter_id" TEXT,
    "ender_device_id" TEXT,
    "ender_token_id" TEXT,

    CONSTRAINT "request_log_switches_pkey" PRIMARY KEY ("location_id","switch_id")
);
CREATE INDEX "request_log_switches_ends_at_idx" ON "request_log_switches"("ends_at");
ALTER TABLE "request_log_switches" ADD CONSTRAINT "request_log_switches_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE NO ACTION;
