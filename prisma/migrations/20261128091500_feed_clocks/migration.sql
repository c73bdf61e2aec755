CREATE TABLE "feed_clocks" (
    "location_id" TEXT NOT NULL,
    "position" BIGINT NOT NULL,

    CONSTRAINT "feed_clocks_pkey" PRIMARY KEY ("location_id")
);
ALTER TABLE "feed_clocks" ADD CONSTRAINT "feed_clocks_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE NO ACTION;
