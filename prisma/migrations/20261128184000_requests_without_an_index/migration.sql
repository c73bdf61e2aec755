-- A venue keeps some two thousand requests. They are sorted when somebody looks at them: this index was written for each.
DROP INDEX "dojo_requests_location_id_at_request_id_idx";
