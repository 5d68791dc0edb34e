"""For gunicorn: ``gunicorn -c python:envcors.gunicorn …``, or ``import envcors.gunicorn`` in one's own configuration.

Checks the environment as soon as it is imported, before anything forks: with problems gunicorn ends with the status 78
and the report alone. For another prefix call ``envcors.boot.check(prefix=…)`` in one's own configuration file instead.
What gunicorn itself adds to the environment (``--env``) is not seen here; the application sees it when it boots.
"""

from envcors.boot import check

check()
