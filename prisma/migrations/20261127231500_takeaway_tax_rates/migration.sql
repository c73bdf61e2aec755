-- What guests take away may be taxed at another rate than what they eat in. A line keeps both.
ALTER TABLE "menu_items" ADD COLUMN "takeaway_tax_rate_hundredths" BIGINT;
ALTER TABLE "menu_items" ADD CONSTRAINT "menu_items_takeaway_tax_rate_check" CHECK ("takeaway_tax_rate_hundredths" BETWEEN 0 AND 10000);
ALTER TABLE "order_lines" ADD COLUMN "dine_in_tax_rate_hundredths" BIGINT, ADD COLUMN "takeaway_tax_rate_hundredths" BIGINT;
ALTER TABLE "order_lines"
    ADD CONSTRAINT "order_lines_both_rates_check" CHECK (("dine_in_tax_rate_hundredths" IS NULL) = ("takeaway_tax_rate_hundredths" IS NULL)),
    ADD CONSTRAINT "order_lines_dine_in_tax_rate_check" CHECK ("dine_in_tax_rate_hundredths" BETWEEN 0 AND 10000),
    ADD CONSTRAINT "order_lines_takeaway_tax_rate_check" CHECK ("takeaway_tax_rate_hundredths" BETWEEN 0 AND 10000);
