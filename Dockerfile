# Shoal's container image:
#
#   docker build --tag registry.example/shoal:0.1.0 .
#
# It is what the Debian package installs, on the same Debian.
ARG BASE=docker.io/library/debian:bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
# Before the rest: they change less often.
COPY scripts/install-dependencies scripts/lib.sh scripts/
RUN scripts/install-dependencies --build
COPY . .
RUN scripts/package /packages

FROM ${BASE}
COPY --from=build /packages/*.deb /tmp/
RUN apt-get update \
    && apt-get install --yes --no-install-recommends /tmp/shoal_*.deb \
    && rm -rf /tmp/*.deb /var/lib/apt/lists/* /var/cache/apt /var/log/* \
    && chown 65532:65532 /var/lib/shoal
# A number, so that Kubernetes sees that it is not root. Any other will do, and root without capabilities too.
USER 65532:65532
VOLUME /var/lib/shoal
# In a container nobody but the container itself reaches 127.0.0.1: use the host's network, or
# --mirror-listen 0.0.0.0:5050 with a port that is published on 127.0.0.1.
EXPOSE 5050 5051 6881
ENTRYPOINT ["shoal"]
CMD ["serve", "--config", "/etc/shoal/shoal.toml"]
