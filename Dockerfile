# The Berth service. Node comes from the npm package `node`, the very version that is tested.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-progress
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build && npm prune --omit=dev --no-progress && rm -rf dist/.tsbuildinfo

FROM gcr.io/distroless/cc-debian12:nonroot
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY manifests manifests
COPY docs/errors.md docs/errors.md
USER 65532:65532
EXPOSE 8600
ENTRYPOINT ["/app/node_modules/node/bin/node", "--enable-source-maps", "dist/main.js"]
