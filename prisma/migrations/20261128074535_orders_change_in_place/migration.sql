-- Every change of an order writes its version, and a payment what is paid. Where no index names those columns, PostgreSQL puts
-- the new row beside the old one and leaves the indexes of the table as they are. Where one does, each change writes to all of
-- them. So what these indexes ask is a column of its own, which seldom changes, and pages keep room for new rows.
ALTER TABLE "orders" SET (fillfactor = 70);
DROP INDEX "orders_payable";
DROP INDEX "orders_payable_of_table";
DROP INDEX "orders_to_book";
ALTER TABLE "orders"
    ADD COLUMN "payable" BOOLEAN NOT NULL GENERATED ALWAYS AS ("status" NOT IN ('Finalized', 'Canceled', 'Failed') AND "paid_minor" < "total_minor") STORED,
    ADD COLUMN "to_book" BOOLEAN NOT NULL GENERATED ALWAYS AS ("booked_version" IS DISTINCT FROM "version" OR "paid_minor" <> "booked_minor") STORED;

-- What a card machine lists: small however many orders the venue has served.
CREATE INDEX "orders_payable" ON "orders"("location_id", "created_at" DESC, "order_id" DESC) WHERE "payable";
CREATE INDEX "orders_payable_of_table" ON "orders"("location_id", "table_id", "created_at" DESC, "order_id" DESC) WHERE "payable";

-- What the next day that closes has to look at, however many days there were before: the orders that are open or that no day has
-- counted as they are, and those that are paid otherwise than they were counted.
CREATE INDEX "orders_to_book" ON "orders"("location_id", "order_id") WHERE "to_book";
