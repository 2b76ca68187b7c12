# The first stage installs the locked packages and the project, the second only runs them.
FROM python:3.12-slim AS build
RUN python -m venv /opt/vapi-mcp
COPY requirements.lock /src/
RUN /opt/vapi-mcp/bin/pip install --no-cache-dir --require-hashes -r /src/requirements.lock
COPY pyproject.toml README.md LICENSE CHANGELOG.md /src/
COPY vapi_mcp /src/vapi_mcp
COPY tool_specs /src/tool_specs
RUN /opt/vapi-mcp/bin/pip install --no-cache-dir --no-deps /src

FROM python:3.12-slim
RUN useradd --system --uid 10001 --no-create-home vapi
COPY --from=build /opt/vapi-mcp /opt/vapi-mcp
ENV PATH=/opt/vapi-mcp/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    VAPI_MCP_HOST=0.0.0.0 \
    VAPI_MCP_LOG_FORMAT=json
USER vapi
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s CMD ["python", "-c", \
  "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ.get(\"VAPI_MCP_PORT\", 8080)}/healthz', timeout=2)"]
ENTRYPOINT ["vapi-mcp"]
CMD ["serve"]
