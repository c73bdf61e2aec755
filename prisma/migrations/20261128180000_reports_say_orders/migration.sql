-- Stored reports and bookings call an order an order. As jsonb prints it, only a key is followed by `": `: in a text, the
-- quote would have a backslash before it.
UPDATE "business_days" SET "report" =
    replace(replace("report"::text, '"openTabs": ', '"openOrders": '), '"tabs": ', '"orders": ')::jsonb
    WHERE "report" IS NOT NULL;
UPDATE "order_bookings" SET "booking" = replace("booking"::text, '"tabs": ', '"orders": ')::jsonb;
