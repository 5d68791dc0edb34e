# The lighthouse log of examples/: its API and its page. Nothing in the last stage can build or install anything.
FROM python:3.13-slim AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN ["python", "-m", "pip", "install", "--no-cache-dir", "--upgrade", "pip>=25.1"]
RUN ["python", "-m", "venv", "--without-pip", "/opt/lighthouse"]
RUN ["python", "-m", "pip", "--python", "/opt/lighthouse", "install", "--no-cache-dir", "--group", "demo", "."]

FROM python:3.13-slim
RUN ["python", "-m", "pip", "uninstall", "--yes", "pip"]
COPY --from=build /opt/lighthouse /opt/lighthouse
COPY examples /srv/examples
WORKDIR /srv
ENV PATH=/opt/lighthouse/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 65534:65534
EXPOSE 8000
CMD ["gunicorn", "-c", "python:envcors.gunicorn", "--bind", "0.0.0.0:8000", "--worker-tmp-dir", "/dev/shm", \
     "--no-control-socket", "examples.api.app:app"]
