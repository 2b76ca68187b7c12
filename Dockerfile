# The first stage installs the locked packages and the project, the second only runs them.
FROM python:3.12-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ONLY_BINARY=:all:
COPY requirements.lock requirements-build.lock /src/
RUN python -m venv --without-pip /opt/vapi-mcp \
 && pip --python /opt/vapi-mcp install --require-hashes -r /src/requirements.lock \
 && pip install --require-hashes -r /src/requirements-build.lock
COPY pyproject.toml README.md LICENSE CHANGELOG.md /src/
COPY vapi_mcp /src/vapi_mcp
COPY tool_specs /src/tool_specs
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /dist /src \
 && pip --python /opt/vapi-mcp install --no-deps /dist/*.whl

FROM python:3.12-slim
RUN useradd --system --uid 10001 --no-create-home vapi \
 && install --directory --owner=vapi --group=vapi --mode=0700 /data
COPY --from=build /opt/vapi-mcp /opt/vapi-mcp
ENV PATH=/opt/vapi-mcp/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    VAPI_MCP_HOST=0.0.0.0 \
    VAPI_MCP_DATA_DIR=/data \
    VAPI_MCP_LOG_FORMAT=json
USER vapi
# The one place that is written to, besides /tmp where there are several workers.
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s CMD ["python", "-c", \
  "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ.get(\"VAPI_MCP_PORT\", 8080)}/healthz', timeout=2)"]
ENTRYPOINT ["vapi-mcp"]
CMD ["serve"]
