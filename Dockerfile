# Node.js runs the TypeScript files directly: only the Prisma client and the pages have to be built.

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Without `optional` there are no binaries of the embedded PostgreSQL and no Prisma command line: a
# container gets its database by DATABASE_URL. No remaining package needs its install script.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

# Generating them needs the development packages, but no network. The program that bundles the pages
# is an optional package, one for each kind of machine.
FROM node:24-slim AS built
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY openapi openapi
COPY prisma prisma
COPY scripts scripts
COPY src src
COPY tsconfig.json tsconfig.kit.json ./
RUN node scripts/generate.ts

FROM node:24-slim
# With DATABASE_URL set, DATA_DIR is unused; without it the server says that it is missing.
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/tmp/epos
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE README.md ./
COPY docs docs
COPY openapi openapi
COPY prisma prisma
COPY bin bin
COPY scripts scripts
COPY --from=built /app/src src
# Inside the container: epos location list
RUN ln -s /app/bin/epos.js /usr/local/bin/epos
USER node
EXPOSE 8080
# Liveness, not readiness: a restart does not help a server that waits for its database.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8080}${process.env.ROUTE_PREFIX || ''}/health/live`, { signal: AbortSignal.timeout(2000) }).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# WORKERS above 1 makes this the parent of so many processes, each with a heap of that size.
# What `npm start` runs; npm itself would not forward the stop signal.
CMD ["node", "--max-semi-space-size=12", "--max-old-space-size=512", "src/main.ts"]
