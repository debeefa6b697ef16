# syntax=docker/dockerfile:1
# An agent, without compilers or pip. For amd64 and arm64, on Debian or, smaller, on Alpine:
#   docker buildx build --platform linux/amd64,linux/arm64 --file deploy/docker/agent.Dockerfile .
#   docker buildx build --build-arg BASE=python:3.11-alpine --file deploy/docker/agent.Dockerfile .
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /source
COPY deploy/locks/build.lock deploy/locks/agent.lock /locks/
# What is installed is what was locked, by its hash; nothing is compiled.
RUN python -m venv /build \
    && /build/bin/pip install --quiet --require-hashes --no-deps --only-binary :all: -r /locks/build.lock \
    && python -m venv --without-pip /opt/hangang \
    && /build/bin/pip --python /opt/hangang/bin/python install --quiet \
        --require-hashes --no-deps --only-binary :all: -r /locks/agent.lock
COPY pyproject.toml README.md LICENSE ./
COPY agent agent
COPY collector collector
COPY dashboards dashboards
COPY inventory inventory
COPY docs/runbooks docs/runbooks
# The wheel has the collector in it; an agent has no use for that.
RUN /build/bin/pip wheel --quiet --no-deps --no-build-isolation --no-index --wheel-dir /wheels . \
    && /build/bin/pip --python /opt/hangang/bin/python install --quiet --no-deps --no-index /wheels/*.whl \
    && rm -r /opt/hangang/lib/python3.*/site-packages/collector \
        /opt/hangang/lib/python3.*/site-packages/dashboards /opt/hangang/lib/python3.*/site-packages/inventory

FROM ${BASE}
# The key is made by openssl, which these images lack. Its version is the newest that Debian or Alpine has for the base.
# hadolint ignore=DL3008,DL3018
RUN if command -v apk >/dev/null; then \
        apk add --no-cache openssl \
        && addgroup -g 10002 hangang-agent \
        && adduser -D -H -u 10002 -G hangang-agent -h /var/lib/hangang-agent -s /sbin/nologin hangang-agent; \
    else \
        apt-get update -qq && apt-get install -qq -y --no-install-recommends openssl && rm -rf /var/lib/apt/lists/* \
        && useradd --uid 10002 --user-group --no-create-home --home-dir /var/lib/hangang-agent \
            --shell /usr/sbin/nologin hangang-agent; \
    fi \
    && install -d -o 10002 -g 10002 -m 0700 /var/lib/hangang-agent
COPY --from=build /opt/hangang /opt/hangang
# Health is read from the agent's own metrics: the configuration needs the table [metrics].
ENV PATH=/opt/hangang/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HANGANG_METRICS_PORT=9101
USER 10002:10002
WORKDIR /var/lib/hangang-agent
HEALTHCHECK --interval=60s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['HANGANG_METRICS_PORT'] + '/metrics', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["hangang-agent"]
CMD ["run", "--config", "/etc/hangang/agent.toml"]
