-- People sign in to the console with a till's token, or with a PIN that a manager gave them.
ALTER TABLE "till_tokens" ADD COLUMN "pin_hash" TEXT;

CREATE TABLE "console_sessions" (
    "location_id" TEXT NOT NULL,
    "session_hash" BYTEA NOT NULL,
    "token_id" TEXT NOT NULL,
    "with_pin" BOOLEAN NOT NULL,
    "address" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "console_sessions_pkey" PRIMARY KEY ("location_id", "session_hash")
);

CREATE INDEX "console_sessions_newest_first" ON "console_sessions"("location_id", "created_at" DESC);

ALTER TABLE "console_sessions" ADD CONSTRAINT "console_sessions_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE NO ACTION;
