# The router in a container: `docker build -t gray-router .`, then docs/howto/deploy.md.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src

# Dependencies first: this layer is built again only when a lock changes.
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /opt/gray-router \
    && /opt/gray-router/bin/pip install --require-hashes --requirement requirements.lock \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --require-hashes --requirement requirements-build.lock

COPY pyproject.toml README.md LICENSE ./
COPY router router
RUN /opt/build/bin/hatchling build --target wheel --directory /opt/wheel \
    && /opt/gray-router/bin/pip install --no-deps --no-index /opt/wheel/*.whl \
    && /opt/gray-router/bin/python -m compileall -q /opt/gray-router/lib \
    && /opt/gray-router/bin/pip uninstall --yes --quiet pip setuptools


FROM python:3.11-slim
# No home, no shell, and a number that a cluster can check (runAsNonRoot).
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin gray \
    && install --directory --owner=10001 --mode=0700 /var/lib/gray-router
COPY --from=build /opt/gray-router /opt/gray-router
ENV PATH=/opt/gray-router/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
EXPOSE 8080
# The router drains on SIGTERM; give it longer than proxy.drain_timeout before you kill it.
STOPSIGNAL SIGTERM
# /readyz answers 200 once every worker serves by the current table, and 503 while draining.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(os.environ.get('GRAY_ROUTER_ADMIN', 'http://127.0.0.1:9900').split(',')[0] + '/readyz', timeout=2)"]
ENTRYPOINT ["gray-router"]
CMD ["serve", "-c", "/etc/gray-router/gray-router.yaml"]
