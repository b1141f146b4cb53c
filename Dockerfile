# One image for web, worker, beat and migrations. Nothing is compiled: wheels only, checked by hash.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/correlator
COPY requirements.lock ./
RUN /opt/correlator/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY correlator correlator
COPY workers workers
COPY web web
RUN /opt/correlator/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends git openssh-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin correlator \
    && install -d -o correlator -g correlator -m 0700 /data
COPY --from=build /opt/correlator /opt/correlator
ENV PATH=/opt/correlator/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CORRELATOR_DATA_DIR=/data \
    CORRELATOR_HOST=0.0.0.0
USER correlator
WORKDIR /data
VOLUME /data
EXPOSE 8320
CMD ["gunicorn", "--bind=0.0.0.0:8320", "--worker-class=gthread", "--workers=2", "--threads=8", "--worker-tmp-dir=/dev/shm", "web.wsgi:app"]
