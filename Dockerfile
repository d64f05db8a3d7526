# One image for all: the API (the default command), the worker (`node dist/apps/worker/src/main.js`, which serves nothing
# and wants no health check), and the migrations (`node dist/apps/cli/src/main.js migrate`), which run as the database's
# owner before either starts.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No package that the product needs has an install script; none is run.
RUN npm ci --ignore-scripts
COPY apps apps
COPY libs libs
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# The files belong to root: the process can read them and change none.
USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/apps/api/src/main.js"]
