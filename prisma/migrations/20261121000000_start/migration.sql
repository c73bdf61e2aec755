-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "currency" AS ENUM ('GBP', 'EUR');

-- CreateEnum
CREATE TYPE "order_type" AS ENUM ('DineIn', 'Collection');

-- CreateEnum
CREATE TYPE "order_status" AS ENUM ('New', 'Submitted', 'Confirmed', 'Accepted', 'Preparing', 'Prepared', 'Ready', 'Finalized', 'Canceled', 'Failed');

-- CreateEnum
CREATE TYPE "line_kind" AS ENUM ('Item', 'SubItem', 'Modifier');

-- CreateEnum
CREATE TYPE "lock_kind" AS ENUM ('DojoLock', 'TillHold');

-- CreateEnum
CREATE TYPE "tender" AS ENUM ('Dojo', 'Cash', 'Voucher', 'Other');

-- CreateTable
CREATE TABLE "locations" (
    "location_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "currency" "currency" NOT NULL,
    "time_zone" TEXT NOT NULL,
    "cursor_key" BYTEA NOT NULL,
    "waiter_access" BOOLEAN NOT NULL DEFAULT false,
    "one_party_per_table" BOOLEAN NOT NULL DEFAULT false,
    "refuse_overlapping_reservations" BOOLEAN NOT NULL DEFAULT false,
    "bill_template" JSONB NOT NULL,
    "dojo_key_sealed" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "locations_pkey" PRIMARY KEY ("location_id")
);

-- CreateTable
CREATE TABLE "credentials" (
    "location_id" TEXT NOT NULL,
    "credential_id" TEXT NOT NULL,
    "username" TEXT NOT NULL,
    "password_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "credentials_pkey" PRIMARY KEY ("location_id","credential_id")
);

-- CreateTable
CREATE TABLE "areas" (
    "location_id" TEXT NOT NULL,
    "area_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "areas_pkey" PRIMARY KEY ("location_id","area_id")
);

-- CreateTable
CREATE TABLE "tables" (
    "location_id" TEXT NOT NULL,
    "table_id" TEXT NOT NULL,
    "area_id" TEXT,
    "name" TEXT NOT NULL,
    "max_covers" INTEGER,
    "position" INTEGER NOT NULL,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "tables_pkey" PRIMARY KEY ("location_id","table_id")
);

-- CreateTable
CREATE TABLE "waiters" (
    "location_id" TEXT NOT NULL,
    "waiter_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "waiters_pkey" PRIMARY KEY ("location_id","waiter_id")
);

-- CreateTable
CREATE TABLE "waiter_areas" (
    "location_id" TEXT NOT NULL,
    "waiter_id" TEXT NOT NULL,
    "area_id" TEXT NOT NULL,

    CONSTRAINT "waiter_areas_pkey" PRIMARY KEY ("location_id","waiter_id","area_id")
);

-- CreateTable
CREATE TABLE "waiter_tables" (
    "location_id" TEXT NOT NULL,
    "waiter_id" TEXT NOT NULL,
    "table_id" TEXT NOT NULL,

    CONSTRAINT "waiter_tables_pkey" PRIMARY KEY ("location_id","waiter_id","table_id")
);

-- CreateTable
CREATE TABLE "orders" (
    "location_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "dojo_order_id" TEXT,
    "creation_hash" BYTEA,
    "order_type" "order_type" NOT NULL,
    "table_id" TEXT,
    "waiter_id" TEXT,
    "party_id" TEXT,
    "reservation_id" TEXT,
    "ready_at" TIMESTAMPTZ(3),
    "collect_asap" BOOLEAN,
    "collect_at" TIMESTAMPTZ(3),
    "status" "order_status" NOT NULL,
    "status_before_final" "order_status",
    "reference" TEXT,
    "display_name" TEXT,
    "note" TEXT,
    "customer_id" TEXT,
    "customer_name" TEXT,
    "customer_email" TEXT,
    "customer_phone" TEXT,
    "total_minor" BIGINT NOT NULL,
    "service_charge_minor" BIGINT,
    "discrepancy_minor" BIGINT,
    "paid_minor" BIGINT NOT NULL DEFAULT 0,
    "tips_minor" BIGINT NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 1,
    "caller_waiter_id" TEXT,
    "caller_product" TEXT,
    "caller_device_id" TEXT,
    "caller_device_type" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "orders_pkey" PRIMARY KEY ("location_id","order_id")
);

-- CreateTable
CREATE TABLE "order_lines" (
    "location_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "line_id" TEXT NOT NULL,
    "parent_line_id" TEXT,
    "kind" "line_kind" NOT NULL,
    "position" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "plu" TEXT NOT NULL,
    "quantity" BIGINT NOT NULL,
    "unit_amount_minor" BIGINT NOT NULL,
    "note" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "voided_at" TIMESTAMPTZ(3),
    "void_reason" TEXT,

    CONSTRAINT "order_lines_pkey" PRIMARY KEY ("location_id","order_id","line_id")
);

-- CreateTable
CREATE TABLE "order_discounts" (
    "location_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "discount_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "affected_plu" TEXT,
    "discount_reference" TEXT,
    "code" TEXT,
    "amount_minor" BIGINT NOT NULL,
    "percentage_hundredths" BIGINT,

    CONSTRAINT "order_discounts_pkey" PRIMARY KEY ("location_id","order_id","discount_id")
);

-- CreateTable
CREATE TABLE "order_tax_lines" (
    "location_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "tax_line_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "tax_id" TEXT,
    "name" TEXT,
    "affected_plu" TEXT,
    "amount_minor" BIGINT NOT NULL,
    "percentage_hundredths" BIGINT,

    CONSTRAINT "order_tax_lines_pkey" PRIMARY KEY ("location_id","order_id","tax_line_id")
);

-- CreateTable
CREATE TABLE "payments" (
    "location_id" TEXT NOT NULL,
    "payment_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "tender" "tender" NOT NULL DEFAULT 'Dojo',
    "payment_intent_id" TEXT,
    "amount_minor" BIGINT NOT NULL,
    "tips_minor" BIGINT,
    "lock_id" TEXT,
    "caller_waiter_id" TEXT,
    "caller_product" TEXT,
    "caller_device_id" TEXT,
    "caller_device_type" TEXT,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "voided_at" TIMESTAMPTZ(3),
    "void_reason" TEXT,

    CONSTRAINT "payments_pkey" PRIMARY KEY ("location_id","payment_id")
);

-- CreateTable
CREATE TABLE "payment_intents" (
    "location_id" TEXT NOT NULL,
    "payment_intent_id" TEXT NOT NULL,
    "dojo_status" TEXT,
    "dojo_status_at" TIMESTAMPTZ(3),

    CONSTRAINT "payment_intents_pkey" PRIMARY KEY ("location_id","payment_intent_id")
);

-- CreateTable
CREATE TABLE "order_locks" (
    "location_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "lock_id" TEXT NOT NULL,
    "kind" "lock_kind" NOT NULL DEFAULT 'DojoLock',
    "holder" TEXT,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),
    "caller_waiter_id" TEXT,
    "caller_product" TEXT,
    "caller_device_id" TEXT,
    "caller_device_type" TEXT,

    CONSTRAINT "order_locks_pkey" PRIMARY KEY ("location_id","order_id","lock_id")
);

-- CreateTable
CREATE TABLE "order_history" (
    "location_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "action" TEXT NOT NULL,
    "detail" JSONB NOT NULL,
    "caller_waiter_id" TEXT,
    "caller_product" TEXT,
    "caller_device_id" TEXT,
    "caller_device_type" TEXT,

    CONSTRAINT "order_history_pkey" PRIMARY KEY ("location_id","order_id","sequence")
);

-- CreateTable
CREATE TABLE "parties" (
    "location_id" TEXT NOT NULL,
    "party_id" TEXT NOT NULL,
    "dojo_party_id" TEXT,
    "creation_hash" BYTEA,
    "name" TEXT,
    "covers" BIGINT,
    "status" TEXT NOT NULL,
    "start_time" TIMESTAMPTZ(3) NOT NULL,
    "expected_end_time" TIMESTAMPTZ(3),
    "end_time" TIMESTAMPTZ(3),
    "host_notes" TEXT,
    "guest_requests" TEXT,
    "reservation_id" TEXT,
    "dojo_reservation_id" TEXT,
    "deposit_total_minor" BIGINT,
    "deposit_description" TEXT,
    "deposit_payment_intent_ids" TEXT[],
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "parties_pkey" PRIMARY KEY ("location_id","party_id")
);

-- CreateTable
CREATE TABLE "party_tables" (
    "location_id" TEXT NOT NULL,
    "party_id" TEXT NOT NULL,
    "table_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "alone" BOOLEAN NOT NULL,

    CONSTRAINT "party_tables_pkey" PRIMARY KEY ("location_id","party_id","table_id")
);

-- CreateTable
CREATE TABLE "reservations" (
    "location_id" TEXT NOT NULL,
    "reservation_id" TEXT NOT NULL,
    "dojo_reservation_id" TEXT,
    "creation_hash" BYTEA,
    "name" TEXT NOT NULL,
    "covers" BIGINT NOT NULL,
    "start_time" TIMESTAMPTZ(3) NOT NULL,
    "end_time" TIMESTAMPTZ(3) NOT NULL,
    "host_notes" TEXT,
    "guest_requests" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "reservations_pkey" PRIMARY KEY ("location_id","reservation_id")
);

-- CreateTable
CREATE TABLE "reservation_tables" (
    "location_id" TEXT NOT NULL,
    "reservation_id" TEXT NOT NULL,
    "table_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "start_time" TIMESTAMPTZ(3) NOT NULL,
    "end_time" TIMESTAMPTZ(3) NOT NULL,
    "alone" BOOLEAN NOT NULL,

    CONSTRAINT "reservation_tables_pkey" PRIMARY KEY ("location_id","reservation_id","table_id")
);

-- CreateTable
CREATE TABLE "dojo_events" (
    "location_id" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "event_type" TEXT NOT NULL,
    "payment_intent_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "data" JSONB NOT NULL,

    CONSTRAINT "dojo_events_pkey" PRIMARY KEY ("location_id","event_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "credentials_username_key" ON "credentials"("username");

-- CreateIndex
CREATE INDEX "tables_in_order" ON "tables"("location_id", "position", "table_id");

-- CreateIndex
CREATE INDEX "waiter_areas_of_area" ON "waiter_areas"("location_id", "area_id");

-- CreateIndex
CREATE INDEX "waiter_tables_of_table" ON "waiter_tables"("location_id", "table_id");

-- CreateIndex
CREATE INDEX "orders_newest_first" ON "orders"("location_id", "created_at" DESC, "order_id" DESC);

-- CreateIndex
CREATE INDEX "orders_of_table" ON "orders"("location_id", "table_id", "created_at" DESC, "order_id" DESC);

-- CreateIndex
CREATE INDEX "orders_of_party" ON "orders"("location_id", "party_id");

-- CreateIndex
CREATE INDEX "orders_of_reservation" ON "orders"("location_id", "reservation_id");

-- CreateIndex
CREATE INDEX "orders_of_waiter" ON "orders"("location_id", "waiter_id", "created_at" DESC, "order_id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "orders_dojo_order_key" ON "orders"("location_id", "dojo_order_id");

-- CreateIndex
CREATE INDEX "payments_of_order" ON "payments"("location_id", "order_id");

-- CreateIndex
CREATE UNIQUE INDEX "payments_intent_key" ON "payments"("location_id", "payment_intent_id");

-- CreateIndex
CREATE INDEX "parties_newest_first" ON "parties"("location_id", "created_at" DESC, "party_id" DESC);

-- CreateIndex
CREATE INDEX "parties_of_reservation" ON "parties"("location_id", "reservation_id");

-- CreateIndex
CREATE UNIQUE INDEX "parties_dojo_party_key" ON "parties"("location_id", "dojo_party_id");

-- CreateIndex
CREATE INDEX "party_tables_of_table" ON "party_tables"("location_id", "table_id");

-- CreateIndex
CREATE INDEX "reservations_newest_first" ON "reservations"("location_id", "created_at" DESC, "reservation_id" DESC);

-- CreateIndex
CREATE INDEX "reservations_by_start" ON "reservations"("location_id", "start_time");

-- CreateIndex
CREATE UNIQUE INDEX "reservations_dojo_reservation_key" ON "reservations"("location_id", "dojo_reservation_id");

-- CreateIndex
CREATE INDEX "reservation_tables_of_table" ON "reservation_tables"("location_id", "table_id", "start_time");

-- CreateIndex
CREATE INDEX "dojo_events_of_intent" ON "dojo_events"("location_id", "payment_intent_id", "created_at");

-- AddForeignKey
ALTER TABLE "credentials" ADD CONSTRAINT "credentials_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "areas" ADD CONSTRAINT "areas_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tables" ADD CONSTRAINT "tables_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tables" ADD CONSTRAINT "tables_location_id_area_id_fkey" FOREIGN KEY ("location_id", "area_id") REFERENCES "areas"("location_id", "area_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "waiters" ADD CONSTRAINT "waiters_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "waiter_areas" ADD CONSTRAINT "waiter_areas_location_id_waiter_id_fkey" FOREIGN KEY ("location_id", "waiter_id") REFERENCES "waiters"("location_id", "waiter_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "waiter_areas" ADD CONSTRAINT "waiter_areas_location_id_area_id_fkey" FOREIGN KEY ("location_id", "area_id") REFERENCES "areas"("location_id", "area_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "waiter_tables" ADD CONSTRAINT "waiter_tables_location_id_waiter_id_fkey" FOREIGN KEY ("location_id", "waiter_id") REFERENCES "waiters"("location_id", "waiter_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "waiter_tables" ADD CONSTRAINT "waiter_tables_location_id_table_id_fkey" FOREIGN KEY ("location_id", "table_id") REFERENCES "tables"("location_id", "table_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "orders" ADD CONSTRAINT "orders_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "orders" ADD CONSTRAINT "orders_location_id_table_id_fkey" FOREIGN KEY ("location_id", "table_id") REFERENCES "tables"("location_id", "table_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "orders" ADD CONSTRAINT "orders_location_id_party_id_fkey" FOREIGN KEY ("location_id", "party_id") REFERENCES "parties"("location_id", "party_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "orders" ADD CONSTRAINT "orders_location_id_reservation_id_fkey" FOREIGN KEY ("location_id", "reservation_id") REFERENCES "reservations"("location_id", "reservation_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order_lines" ADD CONSTRAINT "order_lines_location_id_order_id_fkey" FOREIGN KEY ("location_id", "order_id") REFERENCES "orders"("location_id", "order_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order_lines" ADD CONSTRAINT "order_lines_location_id_order_id_parent_line_id_fkey" FOREIGN KEY ("location_id", "order_id", "parent_line_id") REFERENCES "order_lines"("location_id", "order_id", "line_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order_discounts" ADD CONSTRAINT "order_discounts_location_id_order_id_fkey" FOREIGN KEY ("location_id", "order_id") REFERENCES "orders"("location_id", "order_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order_tax_lines" ADD CONSTRAINT "order_tax_lines_location_id_order_id_fkey" FOREIGN KEY ("location_id", "order_id") REFERENCES "orders"("location_id", "order_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payments" ADD CONSTRAINT "payments_location_id_order_id_fkey" FOREIGN KEY ("location_id", "order_id") REFERENCES "orders"("location_id", "order_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payment_intents" ADD CONSTRAINT "payment_intents_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order_locks" ADD CONSTRAINT "order_locks_location_id_order_id_fkey" FOREIGN KEY ("location_id", "order_id") REFERENCES "orders"("location_id", "order_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "order_history" ADD CONSTRAINT "order_history_location_id_order_id_fkey" FOREIGN KEY ("location_id", "order_id") REFERENCES "orders"("location_id", "order_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "parties" ADD CONSTRAINT "parties_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "parties" ADD CONSTRAINT "parties_location_id_reservation_id_fkey" FOREIGN KEY ("location_id", "reservation_id") REFERENCES "reservations"("location_id", "reservation_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "party_tables" ADD CONSTRAINT "party_tables_location_id_party_id_fkey" FOREIGN KEY ("location_id", "party_id") REFERENCES "parties"("location_id", "party_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "party_tables" ADD CONSTRAINT "party_tables_location_id_table_id_fkey" FOREIGN KEY ("location_id", "table_id") REFERENCES "tables"("location_id", "table_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reservations" ADD CONSTRAINT "reservations_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reservation_tables" ADD CONSTRAINT "reservation_tables_location_id_reservation_id_fkey" FOREIGN KEY ("location_id", "reservation_id") REFERENCES "reservations"("location_id", "reservation_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reservation_tables" ADD CONSTRAINT "reservation_tables_location_id_table_id_fkey" FOREIGN KEY ("location_id", "table_id") REFERENCES "tables"("location_id", "table_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dojo_events" ADD CONSTRAINT "dojo_events_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE CASCADE;


-- What Prisma's schema language cannot say.

CREATE EXTENSION IF NOT EXISTS "btree_gist";

-- Names are unique among what is in use: a retired table gives its name back.
CREATE UNIQUE INDEX "areas_name_key" ON "areas"("location_id", "name") WHERE "retired_at" IS NULL;
CREATE UNIQUE INDEX "tables_name_key" ON "tables"("location_id", "area_id", "name") NULLS NOT DISTINCT WHERE "retired_at" IS NULL;

-- Money is never negative, and what was paid never exceeds the total.
ALTER TABLE "orders"
    ADD CONSTRAINT "orders_total_check" CHECK ("total_minor" >= 0),
    ADD CONSTRAINT "orders_service_charge_check" CHECK ("service_charge_minor" >= 0),
    ADD CONSTRAINT "orders_tips_check" CHECK ("tips_minor" >= 0),
    ADD CONSTRAINT "orders_paid_check" CHECK ("paid_minor" >= 0 AND "paid_minor" <= "total_minor"),
    ADD CONSTRAINT "orders_final_check" CHECK ("status_before_final" IS NULL OR "status" = 'Finalized');
ALTER TABLE "order_lines"
    ADD CONSTRAINT "order_lines_quantity_check" CHECK ("quantity" >= 1),
    ADD CONSTRAINT "order_lines_amount_check" CHECK ("unit_amount_minor" >= 0),
    ADD CONSTRAINT "order_lines_parent_check" CHECK (("kind" = 'Item') = ("parent_line_id" IS NULL));
ALTER TABLE "order_discounts" ADD CONSTRAINT "order_discounts_amount_check" CHECK ("amount_minor" >= 0);
ALTER TABLE "order_tax_lines" ADD CONSTRAINT "order_tax_lines_amount_check" CHECK ("amount_minor" >= 0);
ALTER TABLE "payments"
    ADD CONSTRAINT "payments_amount_check" CHECK ("amount_minor" >= 0),
    ADD CONSTRAINT "payments_tips_check" CHECK ("tips_minor" >= 0),
    ADD CONSTRAINT "payments_intent_check" CHECK (("tender" = 'Dojo') = ("payment_intent_id" IS NOT NULL)),
    ADD CONSTRAINT "payments_void_check" CHECK (("voided_at" IS NULL) = ("void_reason" IS NULL));
ALTER TABLE "tables" ADD CONSTRAINT "tables_max_covers_check" CHECK ("max_covers" >= 1);

-- One live lock or hold per order. An expired one is ended by whoever takes its place, under the order's row.
CREATE UNIQUE INDEX "order_locks_live_key" ON "order_locks"("location_id", "order_id") WHERE "ended_at" IS NULL;
CREATE INDEX "order_locks_live_until" ON "order_locks"("expires_at") WHERE "ended_at" IS NULL;

-- What a card machine lists: small however many orders the venue has served.
CREATE INDEX "orders_payable" ON "orders"("location_id", "created_at" DESC, "order_id" DESC)
    WHERE "status" NOT IN ('Finalized', 'Canceled', 'Failed') AND "paid_minor" < "total_minor";
CREATE INDEX "orders_payable_of_table" ON "orders"("location_id", "table_id", "created_at" DESC, "order_id" DESC)
    WHERE "status" NOT IN ('Finalized', 'Canceled', 'Failed') AND "paid_minor" < "total_minor";

-- One party per table, where the venue asks for it.
CREATE UNIQUE INDEX "party_tables_alone_key" ON "party_tables"("location_id", "table_id") WHERE "alone";
ALTER TABLE "parties"
    ADD CONSTRAINT "parties_times_check" CHECK ("end_time" >= "start_time"),
    ADD CONSTRAINT "parties_deposit_check" CHECK ("deposit_total_minor" >= 0);

-- No two reservations of a table at one time, where the venue asks for it.
ALTER TABLE "reservations" ADD CONSTRAINT "reservations_times_check" CHECK ("end_time" >= "start_time");
ALTER TABLE "reservation_tables"
    ADD CONSTRAINT "reservation_tables_times_check" CHECK ("end_time" >= "start_time"),
    ADD CONSTRAINT "reservation_tables_alone_excl" EXCLUDE USING gist (
        "location_id" WITH =, "table_id" WITH =, tstzrange("start_time", "end_time") WITH &&
    ) WHERE ("alone");
