-- A modifier may take something off the price of its item: "no cheese".
ALTER TABLE "menu_items" DROP CONSTRAINT "menu_items_price_check", ADD CONSTRAINT "menu_items_price_check" CHECK ("price_minor" >= 0 OR "kind" = 'Modifier');
ALTER TABLE "order_lines" DROP CONSTRAINT "order_lines_amount_check", ADD CONSTRAINT "order_lines_amount_check" CHECK ("unit_amount_minor" >= 0 OR "kind" = 'Modifier');
