# syntax=docker/dockerfile:1
# The collector and its commands, without compilers or pip. For amd64 and arm64:
#   docker buildx build --platform linux/amd64,linux/arm64 --file deploy/docker/collector.Dockerfile .
# Not on Alpine: DuckDB has no wheels for musl.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /source
COPY deploy/locks/build.lock deploy/locks/collector.lock /locks/
# What is installed is what was locked, by its hash; nothing is compiled.
RUN python -m venv /build \
    && /build/bin/pip install --quiet --require-hashes --no-deps --only-binary :all: -r /locks/build.lock \
    && python -m venv --without-pip /opt/hangang \
    && /build/bin/pip --python /opt/hangang/bin/python install --quiet \
        --require-hashes --no-deps --only-binary :all: -r /locks/collector.lock
COPY pyproject.toml README.md LICENSE ./
COPY agent agent
COPY collector collector
COPY dashboards dashboards
COPY inventory inventory
COPY docs/runbooks docs/runbooks
RUN /build/bin/pip wheel --quiet --no-deps --no-build-isolation --no-index --wheel-dir /wheels . \
    && /build/bin/pip --python /opt/hangang/bin/python install --quiet --no-deps --no-index /wheels/*.whl

FROM ${BASE}
RUN groupadd --gid 10001 hangang \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/hangang --shell /usr/sbin/nologin hangang \
    && install -d -o 10001 -g 10001 -m 0750 /var/lib/hangang \
    && install -d -o 10001 -g 10001 -m 2750 /var/lib/hangang-broker
COPY --from=build /opt/hangang /opt/hangang
ENV PATH=/opt/hangang/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /var/lib/hangang
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["hangang"]
CMD ["collector", "--config", "/etc/hangang/collector.toml"]
