# Belay's image: Debian's smallest root, one Node, Belay's sources and the packages they run on. No npm, no compiler, no
# tests. `npm run prove -- --only deployment` performs these very steps in a Debian root of its own and runs the result.
#
#   docker build --tag belay .
#
# It runs as a user without a name in your system (10001), with a root file system that may be read-only: written is
# /data alone (BELAY_DATA), and /tmp. See compose.yaml and docs/operate.md.

FROM node:24-bookworm-slim AS build
WORKDIR /opt/belay

# What is installed stands in four files: as long as they stay the same, so does this step of the image.
COPY package.json package-lock.json .npmrc ./
COPY sandbox/package.json ./sandbox/
COPY scripts/prepare.mjs ./scripts/
RUN node scripts/prepare.mjs

# The stylesheet, made from what the pages say.
COPY src ./src
RUN node scripts/prepare.mjs

# From here on only what runs: neither tools nor the packages of the sandbox. Types, maps and manuals are read by people, and
# of the charts' seventy megabytes one file is loaded (src/adapters/charts/draw.ts).
RUN npm ci --omit=dev --omit=optional --workspaces=false \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' \) -delete \
  && find node_modules/echarts -type f ! -name package.json ! -name echarts.esm.min.mjs -delete \
  && rm -rf node_modules/zrender \
  && find node_modules -type d -empty -delete

# Nothing in it belongs to whoever runs it.
COPY deploy/image ./deploy/image
RUN chmod -R u=rwX,go=rX . && chmod 755 deploy/image/belay


FROM debian:12-slim
LABEL org.opencontainers.image.title="Belay" \
  org.opencontainers.image.description="A help desk for teams that live in GitLab: every ticket is a GitLab issue" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.base.name="docker.io/library/debian:12-slim"

RUN groupadd --gid 10001 belay \
  && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin belay \
  && install --directory --owner=10001 --group=10001 --mode=0700 /data

COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /opt/belay/node_modules /opt/belay/node_modules
COPY --from=build /opt/belay/package.json /opt/belay/package.json
COPY --from=build /opt/belay/src /opt/belay/src
COPY --from=build /opt/belay/deploy/image /opt/belay/image
COPY LICENSE /opt/belay/LICENSE

# A Node whose libraries are not all here is found now and not on your server.
RUN ln -s /opt/belay/image/belay /usr/local/bin/belay && belay --help

# What Node has compiled is not kept (NODE_COMPILE_CACHE stays unset): a container starts once and runs for weeks, and a
# cache that is gone with the container, or that somebody could write to, is worth less than the second it saves.
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  PORT=3000 \
  BELAY_DATA=/data

USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM

# Alive, not ready: a desk whose database or GitLab is away is not made better by being started again.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 CMD ["node", "/opt/belay/image/healthy.mjs"]

ENTRYPOINT ["belay"]
CMD ["serve"]
