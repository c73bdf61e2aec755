-- A service charge that guests have to pay is taxed, and one that they may leave out is not.
ALTER TABLE "locations" ADD COLUMN "service_charge_tax_rate_hundredths" BIGINT;
ALTER TABLE "locations" ADD CONSTRAINT "locations_service_charge_tax_check" CHECK ("service_charge_tax_rate_hundredths" BETWEEN 0 AND 10000);
ALTER TABLE "orders" ADD COLUMN "service_tax_rate_hundredths" BIGINT, ADD COLUMN "service_tax_adjustment_minor" BIGINT;
ALTER TABLE "orders" ADD CONSTRAINT "orders_service_tax_check" CHECK ("service_tax_rate_hundredths" BETWEEN 0 AND 10000);
