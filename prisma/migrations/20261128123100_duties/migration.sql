CREATE TABLE "duties" (
    "name" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "duties_pkey" PRIMARY KEY ("name")
);
