# syntax=docker/dockerfile:1
FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY tools/test-runner-compat tools/test-runner-compat
# The database is outside the container: the embedded one (60 MB) stays out of the image.
RUN npm ci --omit=dev --omit=optional
COPY tsconfig.json tsconfig.build.json ./
COPY values values
COPY core core
COPY cloud cloud
COPY server server
COPY jobs jobs
COPY dashboard dashboard
COPY launcher launcher
COPY scripts scripts
RUN npm run build

FROM node:22-slim
ENV NODE_ENV=production DATA_DIR=/data
WORKDIR /app
COPY --from=build /app /app
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Without npm or a shell between, so that SIGTERM reaches the process that drains.
CMD ["node", "dist/server/main.js"]
