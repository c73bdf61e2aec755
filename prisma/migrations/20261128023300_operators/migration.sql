-- Operators sign in to the console and look after all venues, and what they do is on record.
CREATE TABLE "operators" (
    "name" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "token_hash" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "operators_pkey" PRIMARY KEY ("name")
);
CREATE UNIQUE INDEX "operators_token_hash_key" ON "operators"("token_hash");

CREATE TABLE "operator_sessions" (
    "session_hash" BYTEA NOT NULL,
    "operator_name" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "operator_sessions_pkey" PRIMARY KEY ("session_hash")
);
CREATE INDEX "operator_sessions_newest_first" ON "operator_sessions"("operator_name", "created_at" DESC);
ALTER TABLE "operator_sessions" ADD CONSTRAINT "operator_sessions_operator_name_fkey" FOREIGN KEY ("operator_name") REFERENCES "operators"("name") ON DELETE RESTRICT ON UPDATE NO ACTION;

CREATE TABLE "operator_acts" (
    "act_id" TEXT NOT NULL,
    "operator_name" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "address" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "location_id" TEXT,
    "detail" JSONB NOT NULL,
    "outcome" TEXT,

    CONSTRAINT "operator_acts_pkey" PRIMARY KEY ("act_id")
);
CREATE INDEX "operator_acts_of_venue" ON "operator_acts"("location_id", "act_id" DESC);
ALTER TABLE "operator_acts" ADD CONSTRAINT "operator_acts_operator_name_fkey" FOREIGN KEY ("operator_name") REFERENCES "operators"("name") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- An operator is in a venue by a token that nobody knows, one for each venue.
ALTER TABLE "till_tokens" ADD COLUMN "operator_name" TEXT;
CREATE UNIQUE INDEX "till_tokens_operator_key" ON "till_tokens"("location_id", "operator_name") WHERE "operator_name" IS NOT NULL AND "revoked_at" IS NULL;

-- When Dojo last called a venue.
CREATE TABLE "dojo_contacts" (
    "location_id" TEXT NOT NULL,
    "last_call_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "dojo_contacts_pkey" PRIMARY KEY ("location_id")
);
ALTER TABLE "dojo_contacts" ADD CONSTRAINT "dojo_contacts_location_id_fkey" FOREIGN KEY ("location_id") REFERENCES "locations"("location_id") ON DELETE RESTRICT ON UPDATE NO ACTION;
