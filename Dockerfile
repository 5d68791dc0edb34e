# The API and the page of the lighthouse log in examples/. The final stage has no pip and no means to install it.
FROM python:3.13-slim AS build
WORKDIR /build
RUN ["python", "-m", "venv", "--without-pip", "/opt/lighthouse"]
# The lock has the hash of every file: an index cannot hand out another one.
COPY requirements.lock ./
RUN ["python", "-m", "pip", "--python", "/opt/lighthouse", "install", "--no-cache-dir", "--require-hashes", \
     "--requirement", "requirements.lock"]
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN ["python", "-m", "pip", "--python", "/opt/lighthouse", "install", "--no-cache-dir", "--no-deps", "."]

FROM python:3.13-slim
RUN ["python", "-m", "pip", "uninstall", "--yes", "pip"]
RUN ["rm", "-r", "/usr/local/lib/python3.13/ensurepip"]
COPY --from=build /opt/lighthouse /opt/lighthouse
COPY examples /srv/examples
# In a checkout, files may be readable by their owner only.
RUN ["chmod", "-R", "u=rwX,go=rX", "/srv/examples"]
WORKDIR /srv
ENV PATH=/opt/lighthouse/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LIGHTHOUSE_DATABASE=/tmp/lighthouse.sqlite3
USER 65534:65534
EXPOSE 8000
CMD ["gunicorn", "-c", "python:envcors.gunicorn", "--bind", "0.0.0.0:8000", "--worker-tmp-dir", "/dev/shm", \
     "--no-control-socket", "examples.api.app:app"]
