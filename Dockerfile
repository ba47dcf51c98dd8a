# SEMKO in a container: workers, gateway and one-off commands are all this one image.
#
#   docker build --tag semko:0.1.0 .

FROM python:3.11.14-slim-bookworm AS build
WORKDIR /src
COPY .uv-version requirements.lock requirements-dev.lock ./
RUN pip install --no-cache-dir "uv==$(cat .uv-version)"
# Packages before code: a change of the code alone does not install them again.
RUN uv venv --python /usr/local/bin/python3.11 /srv/semko
RUN uv pip install --no-cache --python /srv/semko --require-hashes --no-build --compile-bytecode --requirements requirements.lock
COPY pyproject.toml README.md LICENSE semko.py ./
COPY client client/
COPY commands commands/
COPY dashboards dashboards/
COPY models models/
COPY sinks sinks/
COPY sources sources/
COPY streams streams/
RUN uv build --no-cache --wheel --build-constraints requirements-dev.lock --require-hashes --out-dir /dist
RUN uv pip install --no-cache --python /srv/semko --no-deps --compile-bytecode /dist/*.whl

FROM python:3.11.14-slim-bookworm
LABEL org.opencontainers.image.title="SEMKO" \
      org.opencontainers.image.description="Real-time satisfaction analytics for service centres" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
RUN python -m pip uninstall --yes --quiet pip setuptools wheel \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/semko --shell /usr/sbin/nologin semko \
    && install --directory --owner semko --group semko --mode 0700 /var/lib/semko
COPY --from=build /srv/semko /srv/semko
COPY deploy/healthy.py /srv/semko/healthy.py
# The root may be read-only: nothing is written but in /var/lib/semko and /tmp.
ENV PATH=/srv/semko/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /var/lib/semko
USER 10001:10001
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "/srv/semko/healthy.py"]
ENTRYPOINT ["semko"]
CMD ["--help"]
