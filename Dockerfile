FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No dependency needs its install script: compilers come as packages for each platform.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json asconfig.json buf.yaml ./
COPY scripts/embed-assembly.mjs scripts/
COPY assembly assembly
COPY proto proto
COPY src src
RUN npm run build
# What dependencies bring for compilers and debuggers is a third of them.
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.cts' -o -name '*.mts' \) -delete

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /app
# Owned by root: the process can read its code, not change it.
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/proto proto
COPY public public
COPY --from=build /app/dist dist
USER node
EXPOSE 8080 50051
# The image has no curl; node's own fetch does. Large data sets take their time before the first answer.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HTTP_PORT || 8080}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# node itself is the first process, so that it gets SIGTERM: no shell and no npm in between.
ENTRYPOINT ["node", "--enable-source-maps", "dist/src/main.js"]
