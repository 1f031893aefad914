# Two stages: the first builds as anybody would, the second holds the program, the libraries that it links to, and the shop's
# pages with their Node.
FROM debian:12 AS build
COPY . /src
RUN apt-get -q update && apt-get -qq install -y --no-install-recommends nodejs npm
RUN cd /src && ./dev build && strip -o /tessera build/release/tessera && cp -rL build/web /web

FROM debian:12-slim
RUN apt-get -q update && apt-get -qq install -y --no-install-recommends \
        libuv1 libh2o0.13 libwslay1 libprotobuf-c1 libssl3 libsodium23 libjwt0 libsqlite3-0 libnats3.4 libmongoc-1.0-0 libcurl4 libjansson4 libqrencode4 libpng16-16 zlib1g ca-certificates tzdata \
    && rm -rf /var/lib/apt/lists/* && useradd --system --uid 10001 --home-dir /data tessera && install -d -o tessera -m 0700 /data
COPY --from=build /tessera /usr/bin/tessera
COPY --from=build /web /usr/share/tessera/web
USER 10001
VOLUME /data
ENV TESSERA_DATA=/data TESSERA_LISTEN=0.0.0.0:8080 TESSERA_WEB=/usr/share/tessera/web
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s CMD ["tessera", "healthcheck"]
ENTRYPOINT ["tessera"]
CMD ["serve"]
