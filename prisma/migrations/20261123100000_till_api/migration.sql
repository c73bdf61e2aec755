-- The venue's own side: tokens of tills, menu, tabs edited line by line, payments by other tenders, days.
CREATE TYPE "till_role" AS ENUM ('kitchen', 'waiter', 'manager', 'owner');

CREATE TYPE "discount_rule" AS ENUM ('Given', 'Amount', 'Percent', 'Share');

CREATE TYPE "movement_kind" AS ENUM ('Recorded', 'Voided', 'Restored', 'Refunded');

CREATE TYPE "refund_status" AS ENUM ('Asked', 'Done', 'Owed', 'Refused');

CREATE TYPE "visit_kind" AS ENUM ('Party', 'Reservation');

ALTER TABLE "locations" ADD COLUMN     "service_charge_hundredths" BIGINT,
ADD COLUMN     "tax_name" TEXT NOT NULL DEFAULT 'VAT',
ADD COLUMN     "taxes_on_top" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

ALTER TABLE "areas" ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

ALTER TABLE "tables" ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

ALTER TABLE "waiters" ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

ALTER TABLE "orders" ADD COLUMN     "booked_minor" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "booked_version" INTEGER,
ADD COLUMN     "covers" BIGINT,
ADD COLUMN     "merged_into" TEXT,
ADD COLUMN     "service_adjustment_minor" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "service_charge_hundredths" BIGINT,
ADD COLUMN     "taxes_on_top" BOOLEAN NOT NULL DEFAULT false;

ALTER TABLE "order_lines" ADD COLUMN     "course" TEXT,
ADD COLUMN     "ready_at" TIMESTAMPTZ(3),
ADD COLUMN     "tax_adjustment_minor" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "tax_rate_hundredths" BIGINT,
ADD COLUMN     "waiter_id" TEXT;

ALTER TABLE "order_discounts" ADD COLUMN     "asked_minor" BIGINT,
ADD COLUMN     "line_id" TEXT,
ADD COLUMN     "reason" TEXT,
ADD COLUMN     "rule" "discount_rule" NOT NULL DEFAULT 'Given';

ALTER TABLE "order_tax_lines" ADD COLUMN     "given_minor" BIGINT;
ALTER TABLE "payments" ADD COLUMN     "recorded_on" TEXT,
ADD COLUMN     "reference" TEXT,
ADD COLUMN     "tendered_minor" BIGINT;

ALTER TABLE "order_history" ADD COLUMN     "delta" JSONB,
ADD COLUMN     "transaction_id" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint;

CREATE TABLE "till_tokens" (
    "location_id" TEXT NOT NULL,
    "token_id" TEXT NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "role" "till_role" NOT NULL,
    "waiter_id" TEXT,
    "till_name" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "till_tokens_pkey" PRIMARY KEY ("location_id","token_id")
);

CREATE TABLE "idempotency_keys" (
    "location_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" BYTEA NOT NULL,
    "status" INTEGER,
    "answer" TEXT,
    "etag" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("location_id","key")
);

CREATE TABLE "menu_items" (
    "location_id" TEXT NOT NULL,
    "plu" TEXT NOT NULL,
    "kind" "line_kind" NOT NULL,
    "name" TEXT NOT NULL,
    "price_minor" BIGINT NOT NULL,
    "tax_rate_hundredths" BIGINT NOT NULL,
    "course" TEXT,
    "category" TEXT,
    "available" BOOLEAN NOT NULL DEFAULT true,
    "position" INTEGER NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "menu_items_pkey" PRIMARY KEY ("location_id","plu")
);

CREATE TABLE "menu_parts" (
    "location_id" TEXT NOT NULL,
    "plu" TEXT NOT NULL,
    "part_plu" TEXT NOT NULL,
    "position" INTEGER NOT NULL,

    CONSTRAINT "menu_parts_pkey" PRIMARY KEY ("location_id","plu","part_plu")
);

CREATE TABLE "payment_movements" (
    "location_id" TEXT NOT NULL,
    "payment_id" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "kind" "movement_kind" NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "tips_minor" BIGINT NOT NULL,
    "day_id" TEXT,

    CONSTRAINT "payment_movements_pkey" PRIMARY KEY ("location_id","payment_id","sequence")
);

CREATE TABLE "refunds" (
    "location_id" TEXT NOT NULL,
    "refund_id" TEXT NOT NULL,
    "payment_id" TEXT NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "refunded_before_minor" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "request_hash" BYTEA NOT NULL,
    "status" "refund_status" NOT NULL,
    "problem" TEXT,
    "dojo_refund_id" TEXT,
    "waiter_id" TEXT,
    "till_name" TEXT,
    "asked_at" TIMESTAMPTZ(3) NOT NULL,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "refunds_pkey" PRIMARY KEY ("location_id","refund_id")
);

CREATE TABLE "business_days" (
    "location_id" TEXT NOT NULL,
    "day_id" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "opened_by" TEXT,
    "float_minor" BIGINT NOT NULL,
    "counted" JSONB,
    "closed_at" TIMESTAMPTZ(3),
    "closed_by" TEXT,
    "unsettled_minor" BIGINT,
    "report" JSONB,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "business_days_pkey" PRIMARY KEY ("location_id","day_id")
);

CREATE TABLE "order_bookings" (
    "location_id" TEXT NOT NULL,
    "day_id" TEXT NOT NULL,
    "order_id" TEXT NOT NULL,
    "booking" JSONB NOT NULL,

    CONSTRAINT "order_bookings_pkey" PRIMARY KEY ("location_id","day_id","order_id")
);

CREATE TABLE "visit_history" (
    "location_id" TEXT NOT NULL,
    "kind" "visit_kind" NOT NULL,
    "visit_id" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "action" TEXT NOT NULL,
    "detail" JSONB NOT NULL,
    "caller_waiter_id" TEXT,
    "caller_product" TEXT,
    "caller_device_id" TEXT,
    "caller_device_type" TEXT,
    "transaction_id" BIGINT NOT NULL DEFAULT ((pg_current_xact_id())::text)::bigint,

    CONSTRAINT "visit_history_pkey" PRIMARY KEY ("location_id","kind","visit_id","sequence")
);

CREATE UNIQUE INDEX "till_tokens_hash_key" ON "till_tokens"("token_hash");

CREATE INDEX "idempotency_keys_by_age" ON "idempotency_keys"("created_at");

CREATE INDEX "menu_items_in_order" ON "menu_items"("location_id", "position", "plu");

CREATE INDEX "menu_parts_of_part" ON "menu_parts"("location_id", "part_plu");

CREATE INDEX "payment_movements_of_day" ON "payment_movements"("location_id", "day_id");

CREATE INDEX "refunds_of_payment" ON "refunds"("location_id", "payment_id");

CREATE INDEX "refunds_by_status" ON "refunds"("location_id", "status", "asked_at");

CREATE INDEX "business_days_newest_first" ON "business_days"("location_id", "opened_at" DESC, "day_id" DESC);

CREATE INDEX "order_bookings_of_order" ON "order_bookings"("location_id", "order_id");

CREATE INDEX "visit_history_stream" ON "visit_history"("location_id", "transaction_id");

CREATE INDEX "parties_by_end" ON "parties"("location_id", "end_time");

CREATE INDEX "reservation_tables_by_end" ON "reservation_tables"("location_id", "end_time");

CREATE UNIQUE INDEX "order_lines_line_key" ON "order_lines"("location_id", "line_id");

CREATE INDEX "order_history_stream" ON "order_history"("location_id", "transaction_id");

ALTER TABLE "till_tokens" ADD CONSTRAINT "till_tokens_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "till_tokens" ADD CONSTRAINT "till_tokens_location_id_waiter_id_fkey" FOREIGN KEY ("location_id", "waiter_id") REFERENCES "waiters"("location_id", "waiter_id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "menu_items" ADD CONSTRAINT "menu_items_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "menu_parts" ADD CONSTRAINT "menu_parts_location_id_plu_fkey" FOREIGN KEY ("location_id", "plu") REFERENCES "menu_items"("location_id", "plu") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "menu_parts" ADD CONSTRAINT "menu_parts_location_id_part_plu_fkey" FOREIGN KEY ("location_id", "part_plu") REFERENCES "menu_items"("location_id", "plu") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "payment_movements" ADD CONSTRAINT "payment_movements_location_id_payment_id_fkey" FOREIGN KEY ("location_id", "payment_id") REFERENCES "payments"("location_id", "payment_id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "payment_movements" ADD CONSTRAINT "payment_movements_location_id_day_id_fkey" FOREIGN KEY ("location_id", "day_id") REFERENCES "business_days"("location_id", "day_id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "refunds" ADD CONSTRAINT "refunds_location_id_payment_id_fkey" FOREIGN KEY ("location_id", "payment_id") REFERENCES "payments"("location_id", "payment_id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "business_days" ADD CONSTRAINT "business_days_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "order_bookings" ADD CONSTRAINT "order_bookings_location_id_day_id_fkey" FOREIGN KEY ("location_id", "day_id") REFERENCES "business_days"("location_id", "day_id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "order_bookings" ADD CONSTRAINT "order_bookings_location_id_order_id_fkey" FOREIGN KEY ("location_id", "order_id") REFERENCES "orders"("location_id", "order_id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "visit_history" ADD CONSTRAINT "visit_history_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE CASCADE;


-- What Prisma's schema language cannot say.

ALTER TABLE "locations" ADD CONSTRAINT "locations_service_charge_check" CHECK ("service_charge_hundredths" BETWEEN 0 AND 10000);
ALTER TABLE "menu_items"
    ADD CONSTRAINT "menu_items_price_check" CHECK ("price_minor" >= 0),
    ADD CONSTRAINT "menu_items_tax_rate_check" CHECK ("tax_rate_hundredths" BETWEEN 0 AND 10000);
ALTER TABLE "order_lines" ADD CONSTRAINT "order_lines_tax_rate_check" CHECK ("tax_rate_hundredths" BETWEEN 0 AND 10000);
ALTER TABLE "orders"
    ADD CONSTRAINT "orders_booked_check" CHECK ("booked_minor" >= 0),
    ADD CONSTRAINT "orders_covers_check" CHECK ("covers" >= 0),
    ADD CONSTRAINT "orders_service_rule_check" CHECK ("service_charge_hundredths" BETWEEN 0 AND 10000);
ALTER TABLE "order_discounts" ADD CONSTRAINT "order_discounts_asked_check" CHECK ("asked_minor" >= 0);
ALTER TABLE "order_tax_lines" ADD CONSTRAINT "order_tax_lines_given_check" CHECK ("given_minor" >= 0);
ALTER TABLE "payments" ADD CONSTRAINT "payments_tendered_check" CHECK ("tendered_minor" >= "amount_minor" + coalesce("tips_minor", 0));
ALTER TABLE "refunds"
    ADD CONSTRAINT "refunds_amount_check" CHECK ("amount_minor" > 0),
    ADD CONSTRAINT "refunds_before_check" CHECK ("refunded_before_minor" >= 0),
    ADD CONSTRAINT "refunds_settled_check" CHECK (("status" = 'Asked') = ("settled_at" IS NULL));
ALTER TABLE "business_days"
    ADD CONSTRAINT "business_days_float_check" CHECK ("float_minor" >= 0),
    ADD CONSTRAINT "business_days_closed_check" CHECK (("closed_at" IS NULL) = ("report" IS NULL));

-- One day at a time.
CREATE UNIQUE INDEX "business_days_open_key" ON "business_days"("location_id") WHERE "closed_at" IS NULL;

-- One at a time of a payment, so that what Dojo shows as gone back can be told to be this one.
CREATE UNIQUE INDEX "refunds_open_key" ON "refunds"("location_id", "payment_id") WHERE "status" IN ('Asked', 'Owed');

-- What the next day that closes has to look at, however many days there were before: the orders that are open or that no day has
-- counted as they are, and those that are paid otherwise than they were counted.
CREATE INDEX "orders_to_book" ON "orders"("location_id", "order_id")
    WHERE "booked_version" IS DISTINCT FROM "version" OR "paid_minor" <> "booked_minor";
CREATE INDEX "payment_movements_unclaimed" ON "payment_movements"("location_id") WHERE "day_id" IS NULL;

-- What is open at the tables of the venue now, however many orders it has served.
CREATE INDEX "orders_open" ON "orders"("location_id", "table_id") WHERE "status" NOT IN ('Finalized', 'Canceled', 'Failed');

-- What the kitchen has still to do.
CREATE INDEX "order_lines_in_kitchen" ON "order_lines"("location_id", "created_at") WHERE "ready_at" IS NULL AND "voided_at" IS NULL AND "kind" = 'Item';

-- The movements of the payments that were made before there were any.
INSERT INTO "payment_movements" ("location_id", "payment_id", "sequence", "at", "kind", "amount_minor", "tips_minor")
SELECT "location_id", "payment_id", 1, "recorded_at", 'Recorded', "amount_minor", coalesce("tips_minor", 0) FROM "payments";
INSERT INTO "payment_movements" ("location_id", "payment_id", "sequence", "at", "kind", "amount_minor", "tips_minor")
SELECT "location_id", "payment_id", 2, now(), 'Refunded', -"refunded_minor", -"refunded_tips_minor" FROM "payments" WHERE "refunded_minor" + "refunded_tips_minor" > 0;
INSERT INTO "payment_movements" ("location_id", "payment_id", "sequence", "at", "kind", "amount_minor", "tips_minor")
SELECT "location_id", "payment_id", 3, "voided_at", 'Voided', "refunded_minor" - "amount_minor", "refunded_tips_minor" - coalesce("tips_minor", 0) FROM "payments" WHERE "voided_at" IS NOT NULL;

UPDATE "order_tax_lines" SET "given_minor" = "amount_minor";
